import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { workflow } from "../../src/definition/workflow.ts";
import { decide, getDecided } from "../../src/engine/decide.ts";
import { createSimulatedClock } from "../../src/platform/simulated-clock.ts";
import { createKilledStore } from "../support/faulty-store.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";
import { startTestEngine, type TestEngine } from "../support/test-engine.ts";

/**
 * A process that executes and in which a person decides dies at its n-th transaction, before it or just after it was
 * committed, for n = 1, 2, 3 … Another one takes the file over, and the person looks again and decides what is open.
 * Neither a gate nor a decision may be lost, doubled or taken for given.
 */

const BY = { kind: "person", name: "alice" } as const;
type Choice = "approve" | "reject";

class World {
  isDead = false;
  test: TestEngine | undefined;
  /** What ran, with the decisions that stood then. */
  readonly ran: string[] = [];

  act(task: string): string {
    if (this.isDead) throw new Error("this process is dead");
    const decisions = this.test?.store.sqlite.prepare("SELECT choice FROM decision ORDER BY id").pluck().all();
    this.ran.push(`${task} after ${decisions?.join() || "nothing"}`);
    return task;
  }
}

function createWorkflow(world: World) {
  const wf = workflow("gated", { checkpoint: "every-layer" });
  const build = wf.task("build", () => world.act("build"));
  wf.task("deploy", { needs: { build }, checkpoint: { message: "Deploy?" } }, () => world.act("deploy"));
  return wf;
}

/** Decides what is open until the run has ended: the layer is approved, and the task as wanted. */
async function decideAll(test: TestEngine, choice: Choice): Promise<void> {
  const { rows, store, engine, clock } = test;
  const parts = { rows, plans: engine.plans, now: () => clock.now() };
  while ((await test.reach(1, ["waiting", "succeeded", "failed", "canceled"])) === "waiting") {
    const open = rows.checkpoints.listPending(1).filter((row) => row.status === "open");
    for (const row of open) {
      const approves = choice === "approve" || row.kind === "layer";
      const decision = approves ? ({ decision: "approve" } as const) : ({ decision: "reject", reason: "no" } as const);
      const request = { run: 1, number: row.number, seenHash: row.hash, decision, by: BY, via: "cli" };
      getDecided(store.transaction(() => decide(parts, request)));
    }
    engine.noteRequests();
    await test.drive(engine.awaitNews([]));
  }
}

const TRANSACTIONS_MAX = 100;

/** Returns false once it has passed untouched. */
async function crashAt(n: number, at: "commit" | "after", choice: Choice): Promise<boolean> {
  const world = new World();
  const wf = createWorkflow(world);
  const path = join(createTemporaryFolder(), "lockstep.db");
  const clock = createSimulatedClock();
  const crashed = Promise.withResolvers<void>();
  const faulty = createKilledStore(n, at, () => {
    world.isDead = true;
    crashed.resolve();
  });
  const first = await startTestEngine({ workflows: [wf], path, clock, wrap: faulty.wrap, isIdle: true });
  world.test = first;
  const life = first.engine
    .start()
    .then(() => first.submit(wf, { key: "once" }))
    .then(() => decideAll(first, choice));
  life.catch(() => {});
  await first.drive(Promise.race([life, crashed.promise]).catch(() => {}));
  if (!world.isDead) {
    check(first, world, choice);
    await first.stop().catch(() => {}); // the process may yet die of its last transaction
    return false;
  }
  await first.stop().catch(() => {});
  world.isDead = false;
  const second = await startTestEngine({ workflows: [wf], path, clock });
  world.test = second;
  await second.drive(second.submit(wf, { key: "once" }));
  await decideAll(second, choice);
  check(second, world, choice);
  await second.stop();
  return true;
}

function check({ rows, store }: TestEngine, world: World, choice: Choice): void {
  expect(rows.runs.getStatus(1)).toBe(choice === "approve" ? "succeeded" : "canceled");
  expect(rows.checkpoints.list(1).map(({ number, kind, round, status }) => ({ number, kind, round, status }))).toEqual([
    { number: 1, kind: "layer", round: 1, status: "applied" },
    { number: 2, kind: "task", round: 1, status: "applied" },
  ]);
  expect(store.sqlite.prepare("SELECT choice FROM decision ORDER BY id").pluck().all()).toEqual(["approve", choice]);
  const deploys = world.ran.filter((line) => line.startsWith("deploy"));
  if (choice === "reject") expect(deploys).toEqual([]);
  else expect(new Set(deploys)).toEqual(new Set(["deploy after approve,approve"]));
}

describe.each(["commit", "after"] as const)("a process that is killed at (%s) its n-th commit", (at) => {
  test.each(["approve", "reject"] as const)(
    "keeps gates and decisions as they were (%s), for each n",
    async (choice) => {
      let n = 1;
      while (await crashAt(n, at, choice)) {
        n++;
        expect(n).toBeLessThan(TRANSACTIONS_MAX);
      }
      expect(n).toBeGreaterThan(7);
    },
  );
});
