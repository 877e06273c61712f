import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { workflow } from "../../src/definition/workflow.ts";
import { createSimulatedClock } from "../../src/platform/simulated-clock.ts";
import {
  type Effect,
  findDamage,
  findDisagreements,
  findLost,
  findMissing,
  findOverlaps,
  findRecomputed,
  listRecorded,
} from "../support/effects-history.ts";
import { createKilledStore } from "../support/faulty-store.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";
import { type AnyWorkflow, startTestEngine, type TestEngine } from "../support/test-engine.ts";

/**
 * The engine dies at its n-th transaction, before it or just after it was committed, for n = 1, 2, 3 … until a run passes
 * untouched. Each time another engine takes the file over and brings the run to its end.
 */

/** The world that tasks change. A life that is over changes nothing any more. */
class World {
  readonly effects: Effect[] = [];
  life = 1;
  isDead = false;
  engine: TestEngine | undefined;

  /** The body of a task: an effect at its beginning and one when it is done. */
  act<T>(context: { readonly idempotencyKey: string; readonly attempt: number }, work: () => T): T {
    const { idempotencyKey: key, attempt } = context;
    if (this.isDead) throw new Error("this process is dead");
    this.effects.push({ key, attempt, phase: "begin", pid: this.life });
    const result = work();
    this.effects.push({ key, attempt, phase: "done", pid: this.life });
    return result;
  }
}

interface Case {
  readonly build: (world: World) => AnyWorkflow;
  /** Statuses of the tasks in the end, wherever it crashed; several where it matters. */
  readonly ends: Readonly<Record<string, string | readonly string[]>>;
  readonly status: string;
  /** Its child runs and how they ended, in order; several where it matters. Default: none. */
  readonly runs?: readonly string[];
  readonly output?: readonly [task: number, json: string] | undefined;
}

const fail = (): never => {
  throw new Error("no");
};

const CASES: Readonly<Record<string, Case>> = {
  "a chain": {
    build(world) {
      const wf = workflow("chain");
      const a = wf.task("a", (context) => world.act(context, () => 1));
      const b = wf.task("b", { needs: { a } }, (context) => world.act(context, () => context.needs.a + 1));
      wf.task("c", { needs: { b } }, (context) => world.act(context, () => context.needs.b + 1));
      return wf;
    },
    ends: { a: "succeeded", b: "succeeded", c: "succeeded" },
    status: "succeeded",
    output: [2, "3"],
  },
  "a diamond with a retry and a large output": {
    build(world) {
      const wf = workflow("diamond");
      const top = wf.task("top", (context) => world.act(context, () => "x".repeat(5_000)));
      const left = wf.task("left", { needs: { top }, retry: { attempts: 2, backoff: "5s" } }, (context) => {
        if (context.attempt === 1) fail();
        return world.act(context, () => context.needs.top.length);
      });
      const right = wf.task("right", { needs: { top } }, (context) => world.act(context, () => 2));
      wf.task("bottom", { needs: { left, right } }, (context) =>
        world.act(context, () => context.needs.left + context.needs.right),
      );
      return wf;
    },
    ends: { top: "succeeded", left: "succeeded", right: "succeeded", bottom: "succeeded" },
    status: "succeeded",
    output: [3, "5002"],
  },
  "a map with failures and retries": {
    build(world) {
      const wf = workflow("mapped");
      const list = wf.task("list", (context) => world.act(context, () => [0, 1, 2, 3, 4, 5]));
      const each = wf.map(
        "each",
        { over: list, maxConcurrent: 2, tolerate: 1, retry: { attempts: 4, backoff: "1s" } },
        (context) => {
          // Attempts count interruptions, too: by the item alone it is the same wherever it crashed.
          if (context.item === 3) throw Object.assign(new Error("useless"), { name: "NonRetryableError" });
          if (context.item === 4 && context.attempt === 1) fail();
          return world.act(context, () => context.item * 10);
        },
      );
      wf.task("sum", { needs: { each } }, (context) => world.act(context, () => context.needs.each));
      return wf;
    },
    ends: { list: "succeeded", each: "succeeded", sum: "succeeded" },
    status: "succeeded",
    output: [2, "[0,10,20,null,40,50]"],
  },
  "onFailure: stop": {
    build(world) {
      const wf = workflow("stopped", { onFailure: "stop", maxConcurrent: 1 });
      const bad = wf.task("bad", { priority: 1 }, fail);
      wf.task("other", (context) => world.act(context, () => 1));
      const next = wf.task("next", { needs: { bad } }, (context) => world.act(context, () => 1));
      wf.task("cleanup", { after: [next], when: "all_done" }, (context) => world.act(context, () => "clean"));
      return wf;
    },
    ends: { bad: "failed", other: "skipped run_stopped", next: "skipped upstream_failed", cleanup: "succeeded" },
    status: "failed",
    output: [3, '"clean"'],
  },
  "a cancel in the middle": {
    build(world) {
      const wf = workflow("canceled");
      const first = wf.task("first", (context) =>
        world.act(context, () => {
          world.engine?.change((control) => control.cancel(1, "enough"));
          return 1;
        }),
      );
      wf.task("second", { needs: { first } }, (context) => world.act(context, () => 2));
      return wf;
    },
    ends: { first: ["succeeded", "canceled"], second: "canceled" },
    status: "canceled",
  },
  "a child with a child, and what needs it": {
    build(world) {
      const inner = workflow("inner");
      inner.task("one", (context) => world.act(context, () => 20));
      const outer = workflow("outer");
      const before = outer.task("before", (context) => world.act(context, () => 1));
      const nested = outer.child("nested", { workflow: inner, after: [before] }, () => undefined);
      outer.task("more", { needs: { before, nested } }, (context) =>
        world.act(context, () => context.needs.before + (context.needs.nested as number)),
      );
      const wf = workflow("parent");
      const child = wf.child("child", { workflow: outer }, () => undefined);
      wf.task("double", { needs: { child } }, (context) =>
        world.act(context, () => (context.needs.child as number) * 2),
      );
      return wf;
    },
    ends: { child: "succeeded", double: "succeeded" },
    status: "succeeded",
    runs: ["outer succeeded,inner succeeded"],
    output: [1, "42"],
  },
  "a child that fails and is started anew": {
    build(world) {
      let hasFailed = false;
      const inner = workflow("inner");
      inner.task("one", (context) => {
        if (world.isDead || hasFailed) return world.act(context, () => 7);
        hasFailed = true;
        return fail();
      });
      const wf = workflow("parent");
      const child = wf.child("child", { workflow: inner, retry: { attempts: 2, backoff: "5s" } }, () => undefined);
      wf.task("after", { needs: { child } }, (context) => world.act(context, () => context.needs.child));
      return wf;
    },
    ends: { child: "succeeded", after: "succeeded" },
    status: "succeeded",
    // where the failure was not recorded, the attempt began again in the same run
    runs: ["inner failed,inner succeeded", "inner succeeded"],
    output: [1, "7"],
  },
  "a cancel while a child runs": {
    build(world) {
      const inner = workflow("inner");
      const one = inner.task("one", (context) =>
        world.act(context, () => {
          world.engine?.change((control) => control.cancel(1, "enough"));
          return 1;
        }),
      );
      inner.task("two", { needs: { one } }, (context) => world.act(context, () => 2));
      const wf = workflow("parent");
      const child = wf.child("child", { workflow: inner }, () => undefined);
      wf.task("after", { needs: { child } }, (context) => world.act(context, () => 3));
      return wf;
    },
    ends: { child: "canceled", after: "canceled" },
    status: "canceled",
    runs: ["inner canceled", ""],
  },
  "a map and tasks that share resources": {
    build(world) {
      const resources = { db: { slots: 2 }, ram: { capacity: 10 }, api: { rate: "60/min", burst: 2 } };
      const wf = workflow("sharing", { resources, strategy: "eager" });
      const each = wf.map("each", { over: () => [0, 1, 2, 3, 4], uses: { db: 1, api: 1 } }, (context) =>
        world.act(context, () => context.item),
      );
      const big = wf.task("big", { uses: { ram: 10, db: 2 } }, (context) => world.act(context, () => 1));
      const small = wf.task("small", { uses: { ram: 1 }, retry: { attempts: 2, backoff: "1s" } }, (context) => {
        if (context.attempt === 1) fail();
        return world.act(context, () => 2);
      });
      wf.task("end", { needs: { each, big, small } }, (context) => world.act(context, () => context.needs.each));
      return wf;
    },
    ends: { each: "succeeded", big: "succeeded", small: "succeeded", end: "succeeded" },
    status: "succeeded",
    output: [3, "[0,1,2,3,4]"],
  },
  "a failure that is let off, and one that is not": {
    build(world) {
      const wf = workflow("let-off");
      const soft = wf.task("soft", { allowFailure: true }, fail);
      const hard = wf.task("hard", fail);
      wf.task("after_soft", { after: [soft] }, (context) => world.act(context, () => 1));
      wf.task("after_hard", { after: [hard] }, (context) => world.act(context, () => 1));
      wf.task("report", { after: [hard], when: "any_failed" }, (context) => world.act(context, () => "told"));
      return wf;
    },
    ends: {
      ...{ soft: "failed", hard: "failed", after_soft: "succeeded" },
      ...{ after_hard: "skipped upstream_failed", report: "succeeded" },
    },
    status: "failed",
  },
};

/** More transactions than any of these runs has. */
const TRANSACTIONS_MAX = 200;

/** Returns false once the run has passed untouched. */
async function crashAt(n: number, at: "commit" | "after", { build, ...expected }: Case): Promise<boolean> {
  const world = new World();
  const wf = build(world);
  const path = join(createTemporaryFolder(), "lockstep.db");
  const clock = createSimulatedClock();
  const crashed = Promise.withResolvers<void>();
  const faulty = createKilledStore(n, at, () => {
    world.isDead = true;
    crashed.resolve();
  });
  const first = await startTestEngine({ workflows: [wf], path, clock, wrap: faulty.wrap, isIdle: true });
  world.engine = first;
  const submitted = first.engine
    .start()
    .then(() => first.submit(wf, { key: "once" }))
    .then((id) => first.reach(id));
  await first.drive(Promise.race([submitted, crashed.promise]).catch(() => {}));
  submitted.catch(() => {});
  if (!world.isDead) {
    check(first, world, expected);
    return false;
  }
  await first.stop().catch(() => {});
  const cut = world.effects.length;
  world.life = 2;
  world.isDead = false;
  const second = await startTestEngine({ workflows: [wf], path, clock });
  world.engine = second;
  const recorded = listRecorded(second.store.sqlite);
  await second.drive(second.submit(wf, { key: "once" }));
  await second.reach(1);
  expect(findRecomputed(recorded, world.effects.slice(cut))).toEqual([]);
  expect(findLost(recorded, listRecorded(second.store.sqlite))).toEqual([]);
  check(second, world, expected);
  await second.stop();
  return true;
}

function check({ store, rows, statuses }: TestEngine, world: World, expected: Omit<Case, "build">): void {
  for (const [task, status] of Object.entries(statuses(1)))
    expect([expected.ends[task]].flat(), task).toContain(status);
  expect(rows.runs.get(1).status).toBe(expected.status);
  const runs = store.sqlite.prepare("SELECT workflow || ' ' || status FROM run WHERE id > 1 ORDER BY id").pluck().all();
  if (expected.runs !== undefined) expect(expected.runs).toContainEqual(runs.join());
  else expect(runs).toEqual([]);
  expect(findDisagreements(store.sqlite)).toEqual([]);
  if (expected.output !== undefined) expect(rows.tasks.getOutputAt(1, expected.output[0])).toBe(expected.output[1]);
  expect(findOverlaps(world.effects)).toEqual([]);
  expect(findMissing(listRecorded(store.sqlite), world.effects)).toEqual([]);
  expect(findDamage(store.sqlite)).toEqual([]);
}

describe.each(["commit", "after"] as const)("a process that is killed at (%s) its n-th commit", (at) => {
  test.each(Object.keys(CASES))("%s goes on where it was, for each n", async (name) => {
    let n = 1;
    while (await crashAt(n, at, CASES[name] as Case)) {
      n++;
      expect(n).toBeLessThan(TRANSACTIONS_MAX);
    }
    expect(n).toBeGreaterThan(3);
  });
});
