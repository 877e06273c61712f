import fc from "fast-check";
import { expect, test } from "vitest";
import { workflow } from "../../src/definition/workflow.ts";
import { createSimulatedClock } from "../../src/platform/simulated-clock.ts";
import { createBusyTasks } from "../support/busy-tasks.ts";
import { findDamage } from "../support/effects-history.ts";
import { createFaultyStore, createKilledStore } from "../support/faulty-store.ts";
import { type AnyWorkflow, startTestEngine, type TestEngine } from "../support/test-engine.ts";

const RESOURCES = { db: { slots: 3 }, ram: { capacity: 10 }, api: { rate: "120/min", burst: 2 } };

const usesOf = fc.record({
  db: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
  ram: fc.option(fc.integer({ min: 1, max: 10 }), { nil: undefined }),
  api: fc.option(fc.integer({ min: 1, max: 2 }), { nil: undefined }),
});

const taskOf = fc.record({ uses: usesOf, ms: fc.integer({ min: 1, max: 900 }), items: fc.integer({ min: 1, max: 6 }) });

const scenario = fc.record({
  workflows: fc.array(fc.array(taskOf, { minLength: 1, maxLength: 4 }), { minLength: 2, maxLength: 4 }),
  submits: fc.array(fc.record({ engine: fc.nat(1), workflow: fc.nat(3), afterMs: fc.nat(2_000) }), {
    minLength: 2,
    maxLength: 6,
  }),
  maxConcurrent: fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }),
  places: fc.integer({ min: 1, max: 8 }),
  stopAfterMs: fc.option(fc.nat(4_000), { nil: undefined }),
  crash: fc.option(
    fc.record({ n: fc.integer({ min: 3, max: 40 }), at: fc.constantFrom("commit" as const, "after" as const) }),
    { nil: undefined },
  ),
});

const NONE = { db: undefined, ram: undefined, api: undefined };

/** Two engines once waited for each other for ever: one had its lines in another order than their rows. */
const TWO_ORDERS = {
  workflows: [
    [
      { uses: { ...NONE, ram: 6, api: 2 }, ms: 501, items: 2 },
      { uses: { ...NONE, ram: 5, api: 1 }, ms: 1, items: 2 },
    ],
    [{ uses: NONE, ms: 1, items: 1 }],
  ],
  submits: [
    { engine: 1, workflow: 0, afterMs: 0 },
    { engine: 0, workflow: 0, afterMs: 0 },
  ],
  ...{ maxConcurrent: undefined, places: 2, stopAfterMs: undefined, crash: undefined },
};

/** An engine that drained once waited for a rate that was due already, without end. */
const DRAINING = {
  workflows: [
    [
      { uses: { ...NONE, api: 1 }, ms: 501, items: 1 },
      { uses: { ...NONE, api: 2 }, ms: 1, items: 1 },
    ],
    [{ uses: NONE, ms: 1, items: 1 }],
  ],
  submits: [
    { engine: 0, workflow: 1, afterMs: 0 },
    { engine: 1, workflow: 0, afterMs: 0 },
  ],
  ...{ maxConcurrent: undefined, places: 2, stopAfterMs: 1, crash: undefined },
};

/** An engine that died just after it had recorded a run, before whoever asked for it was told. */
const RECORDED_AND_DEAD = {
  workflows: [
    [{ uses: { ...NONE, ram: 1, api: 1 }, ms: 155, items: 2 }],
    [
      { uses: { ...NONE, ram: 2, api: 1 }, ms: 165, items: 1 },
      { uses: { ...NONE, ram: 9 }, ms: 643, items: 1 },
      { uses: { ...NONE, ram: 2 }, ms: 1, items: 1 },
    ],
  ],
  submits: [
    { engine: 1, workflow: 3, afterMs: 1_192 },
    { engine: 1, workflow: 0, afterMs: 305 },
    { engine: 0, workflow: 1, afterMs: 679 },
    { engine: 0, workflow: 0, afterMs: 3 },
    { engine: 0, workflow: 0, afterMs: 2 },
  ],
  ...{ maxConcurrent: undefined, places: 3, stopAfterMs: 3_319, crash: { n: 6, at: "after" as const } },
};

/** Time passes, and engines look at the file each 100 ms as they do outside of tests. */
async function pass(engine: TestEngine, engines: readonly TestEngine[], ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 100) {
    await engine.drive(new Promise<void>((resolve) => void engine.clock.schedule(Math.min(left, 100), resolve)));
    for (const each of engines) each.engine.hint();
  }
}

test("two engines share capacities, rates and maxConcurrent, whatever waits for what and whichever dies; nothing hangs or leaks", async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async ({ workflows, submits, maxConcurrent, places, stopAfterMs, crash }) => {
      const clock = createSimulatedClock();
      const busy = createBusyTasks(clock);
      const all = workflows.map((tasks, at): AnyWorkflow => {
        const wf = workflow(`w${at}`, { resources: RESOURCES as never, strategy: "eager" });
        for (const [index, { uses, ms, items }] of tasks.entries()) {
          const given = Object.fromEntries(Object.entries(uses).filter(([, amount]) => amount !== undefined)) as Record<
            string,
            number
          >;
          const list = Array.from({ length: items }, (_, item) => item);
          wf.map(`t${index}`, { over: () => list, uses: given }, () =>
            busy.work(`t${index}`, ms, { ...given, all: 1 }),
          );
        }
        return wf;
      });
      const machine = { file: "/etc/lockstep.config.yaml", resources: {}, ...(maxConcurrent && { maxConcurrent }) };
      const options = { workflows: all, clock, places: { function: places, command: 1 }, machine };
      const first = await startTestEngine(options);
      const faulty = crash === undefined ? createFaultyStore() : createKilledStore(crash.n, crash.at, () => {});
      const second = await startTestEngine({ ...options, path: first.path, wrap: faulty.wrap });
      const engines = [first, second];
      const ids: number[] = [];
      for (const { engine, workflow: at, afterMs } of submits) {
        await pass(first, engines, afterMs);
        const wf = all[at % all.length] as AnyWorkflow;
        const submitted = (engines[engine] as TestEngine).submit(wf);
        ids.push(await submitted.catch(() => first.submit(wf))); // to one that is dead nothing is submitted
      }
      if (stopAfterMs !== undefined) {
        await pass(first, engines, stopAfterMs);
        await second.stop().catch(() => {});
        engines.pop();
      }
      // One that the second engine had recorded when it died is a run, too, though whoever asked was told that it failed.
      const open = first.store.sqlite
        .prepare<[], number>("SELECT count(*) FROM run WHERE status <> 'succeeded'")
        .pluck();
      const isOver = (): boolean =>
        ids.every((id) => first.rows.runs.get(id).status === "succeeded") && open.get() === 0;
      for (let rounds = 0; !isOver(); rounds++) {
        expect(rounds, "it hangs").toBeLessThan(200);
        await pass(first, engines, 1_000);
        if (rounds % 5 === 0) expect(findDamage(first.store.sqlite)).toEqual([]);
      }
      const hasCrashed = crash !== undefined && faulty.count() >= crash.n; // what it ran goes on in this process
      if (!hasCrashed) expect(busy.most.db ?? 0).toBeLessThanOrEqual(3);
      if (!hasCrashed) expect(busy.most.ram ?? 0).toBeLessThanOrEqual(10);
      if (!hasCrashed && maxConcurrent !== undefined) expect(busy.most.all ?? 0).toBeLessThanOrEqual(maxConcurrent);
      expect(first.store.sqlite.prepare("SELECT * FROM hold").all()).toEqual([]);
      await second.stop().catch(() => {});
      await first.stop();
    }),
    { numRuns: 12, examples: [[TWO_ORDERS], [DRAINING], [RECORDED_AND_DEAD]] },
  );
});
