import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { ScheduleSpec } from "../../src/core/workflow-spec.ts";
import { countSlots, listSlots } from "../../src/schedule/list-slots.ts";
import { createScheduleRule, parseSchedulePolicy } from "../../src/schedule/schedule-policy.ts";
import { type Firer, HOUR_MS, openFirer, START_AT } from "../support/slot-firer.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";

const YEARS_MS = 3 * 366 * 24 * HOUR_MS;

/** What happens next: time goes on (short or long), somebody looks (and dies before or after its commit), a run ends. */
const step = fc.record({
  hours: fc.oneof({ weight: 8, arbitrary: fc.integer({ min: 1, max: 40 }) }, fc.integer({ min: 24, max: 1_500 })),
  engine: fc.constantFrom(0, 1),
  death: fc.constantFrom("none", "none", "none", "before", "after"),
  ends: fc.boolean(),
  setBackBy: fc.option(fc.integer({ min: 1, max: 200 }), { freq: 20 }),
  pausesFor: fc.option(fc.integer({ min: 1, max: 300 }), { freq: 20 }),
});

const schedule: fc.Arbitrary<Omit<ScheduleSpec, "name">> = fc
  .record({
    cron: fc.constantFrom("30 2 * * *", "0,30 2 * * 1-5", "0 */6 * * *", "15 4 1,15 * *", "0 0 29 2 *"),
    timezone: fc.constantFrom("UTC", "Europe/Paris", "America/New_York", "Australia/Lord_Howe"),
    overlap: fc.constantFrom("skip" as const, "queue" as const, "cancel" as const, "allow" as const),
    catchup: fc.constantFrom("none" as const, "latest" as const, "all" as const),
    jitterMs: fc.constantFrom(0, 20 * 60_000),
  })
  .filter(({ catchup, overlap }) => catchup !== "all" || overlap !== "skip");

test("over three years of engines that die before or after their commits, and of clocks that are set back, each slot is in the ledger exactly once", async () => {
  await fc.assert(
    fc.asyncProperty(schedule, fc.array(step, { minLength: 100, maxLength: 250 }), async (spec, steps) => {
      const path = join(createTemporaryFolder(), "state", "lockstep.db");
      const engines = [await openFirer(path), await openFirer(path)] as const;
      engines[0].register([{ name: "nightly", ...spec }]);
      let at = START_AT;
      let latest = at;
      for (const each of steps) {
        if (at - START_AT > YEARS_MS) break;
        at = Math.max(START_AT, at + (each.hours - (each.setBackBy ?? 0)) * HOUR_MS);
        latest = Math.max(latest, at);
        const engine = engines[each.engine];
        engine.restart(at);
        const { pausesFor } = each;
        if (pausesFor !== null) engine.inTransaction(() => engine.schedules.pauseUntil(1, at + pausesFor * HOUR_MS));
        if (each.death === "before") expect(() => engine.fire(at, 1, true)).toThrow("crash");
        else for (let more = true; more; ) more = engine.fire(at).hasMore;
        if (each.death === "after") engines[0].fire(at);
        if (each.ends) for (const { id } of engine.schedules.listOpenRuns(1)) engine.endRun(id);
      }
      at = latest + HOUR_MS; // what was fired ahead of a clock that was set back is behind it again
      for (let more = true; more; ) more = engines[0].fire(at).hasMore;
      expect(findDamage(engines[0], at)).toEqual([]);
    }),
    { numRuns: 15, endOnFailure: true, interruptAfterTimeLimit: 40_000, markInterruptAsFailure: false },
  );
});

/** Slots that are in no row or in several, rows that stand for no slot, and runs that are not one for each fired slot. */
function findDamage({ listLedger, schedules, store }: Firer, at: number): string[] {
  const row = schedules.find(1);
  if (row === undefined) return ["the schedule is gone"];
  const rule = createScheduleRule(row.cron, row.timezone, parseSchedulePolicy(row.policyJson));
  const due = listSlots(rule, START_AT, at, 1_000_000);
  const ledger = listLedger().filter(({ status }) => status !== "void");
  const damage = due
    .filter(
      ({ dueAt }) => ledger.filter((each) => each.dueAt <= dueAt && dueAt <= (each.untilAt ?? each.dueAt)).length !== 1,
    )
    .map(({ dueAt }) => `${new Date(dueAt).toISOString()} is not in one row`);
  const sum = ledger.reduce((total, { count }) => total + count, 0);
  if (sum !== countSlots(rule, START_AT, at)) damage.push(`the rows stand for ${sum} slots`);
  const fired = ledger.filter(({ status }) => ["fired", "late", "caught_up"].includes(status));
  const runs = store.sqlite.prepare<[], number>("SELECT slot_id FROM run ORDER BY slot_id").pluck().all();
  const expected = fired.map(({ id }) => id).sort((one, other) => one - other);
  if (JSON.stringify(runs) !== JSON.stringify(expected)) damage.push("the runs are not those of the fired slots");
  return damage;
}
