import { join } from "node:path";
import { expect, test } from "vitest";
import type { ScheduleSpec } from "../../src/core/workflow-spec.ts";
import { createSeededChance } from "../../src/platform/chance.ts";
import { listSlots } from "../../src/schedule/list-slots.ts";
import { createScheduleRule, parseSchedulePolicy } from "../../src/schedule/schedule-policy.ts";
import { type Firer, HOUR_MS, openFirer, openOne, START_AT } from "../support/slot-firer.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";

const MINUTE_MS = 60_000;

test("a due slot is fired once, whoever looks and how often", async () => {
  const path = join(createTemporaryFolder(), "state", "lockstep.db");
  const [one, other] = [await openFirer(path), await openFirer(path)];
  one.register([{ name: "nightly", cron: "0 * * * *" }]);
  const at = START_AT + HOUR_MS;
  expect(one.fire(at).started).toHaveLength(1);
  expect(other.fire(at).started).toEqual([]);
  expect(one.fire(at + 1_000).started).toEqual([]);
  expect(one.listLedger()).toMatchObject([{ status: "fired", runId: 1 }]);
});

test("a slot beside a run that is not finished is skipped, with the reason", async () => {
  const firer = await openOne({ cron: "0 * * * *" });
  firer.fire(START_AT + HOUR_MS);
  firer.fire(START_AT + 2 * HOUR_MS);
  expect(firer.listLedger().map(({ status, reason }) => [status, reason])).toEqual([
    ["fired", null],
    ["skipped", "overlap"],
  ]);
});

test("of slots that queue, the newest is kept and starts when the run before it has ended", async () => {
  const firer = await openOne({ cron: "0 * * * *", overlap: "queue" });
  for (const hours of [1, 2, 3]) firer.fire(START_AT + hours * HOUR_MS);
  expect(firer.listLedger().map(({ status, reason }) => [status, reason])).toEqual([
    ["fired", null],
    ["skipped", "superseded"],
    ["pending", "queue"],
  ]);
  firer.endRun(1);
  expect(firer.fire(START_AT + 3 * HOUR_MS + 5_000).started).toEqual([2]);
  expect(firer.listLedger()[2]).toMatchObject({ status: "fired", runId: 2 });
});

test("a slot that cancels waits until its predecessor is dead", async () => {
  const firer = await openOne({ cron: "0 * * * *", overlap: "cancel" });
  firer.fire(START_AT + HOUR_MS);
  firer.fire(START_AT + 2 * HOUR_MS);
  expect(firer.fire(START_AT + 2 * HOUR_MS + 1_000).started).toEqual([2]);
  expect(firer.listLedger().map(({ status }) => status)).toEqual(["fired", "fired"]);
});

test("slots of a paused schedule are skipped, and the pause ends by itself", async () => {
  const firer = await openOne({ cron: "0 * * * *" });
  firer.inTransaction(() => firer.schedules.pauseUntil(1, START_AT + 2.5 * HOUR_MS));
  firer.fire(START_AT + 3 * HOUR_MS);
  expect(firer.listLedger()).toMatchObject([
    { status: "skipped", reason: "paused", count: 2 },
    { status: "fired", runId: 1 },
  ]);
  expect(firer.schedules.find(1)?.pausedUntilAt).toBeNull();
});

test("a schedule that the file no longer has is removed, and its slots up to then are skipped", async () => {
  const firer = await openOne({ cron: "0 * * * *" });
  firer.register([], START_AT + 1.5 * HOUR_MS);
  firer.fire(START_AT + 9 * HOUR_MS);
  expect(firer.listLedger()).toMatchObject([{ status: "skipped", reason: "removed", count: 1 }]);
});

test("a broken file misses its slots, with the reason", async () => {
  const firer = await openOne({ cron: "0 * * * *" });
  firer.inTransaction(() => firer.schedules.saveFileError("/w/nightly.ts", "{}", START_AT));
  expect(firer.fire(START_AT + HOUR_MS).started).toEqual([]);
  expect(firer.listLedger()).toMatchObject([{ status: "missed", reason: "broken_file" }]);
});

test("a clock that is set back fires nothing again, and what it had not fired is due again", async () => {
  const firer = await openOne({ cron: "0 * * * *" });
  firer.fire(START_AT + HOUR_MS);
  firer.fire(START_AT + 2 * HOUR_MS);
  firer.fire(START_AT + 0.5 * HOUR_MS);
  expect(firer.listLedger().map(({ status }) => status)).toEqual(["fired", "void"]);
  firer.endRun(1);
  expect(firer.fire(START_AT + HOUR_MS).started).toEqual([]);
  expect(firer.fire(START_AT + 2 * HOUR_MS).started).toEqual([2]);
});

test("a clock that is set back into a range of missed slots cuts it: what lies ahead is due again, once", async () => {
  const firer = await openOne({ cron: "0 * * * *", overlap: "allow", catchup: "none", catchupWindowMs: HOUR_MS });
  const listRanges = () => firer.listLedger().filter(({ status }) => status !== "void");
  firer.fire(START_AT + 10 * HOUR_MS);
  expect(listRanges()).toMatchObject([{ status: "missed", count: 9 }, { status: "fired" }]);
  firer.fire(START_AT + 5.5 * HOUR_MS);
  expect(listRanges()).toMatchObject([
    { status: "missed", count: 5, untilAt: START_AT + 5 * HOUR_MS - 30_000 },
    { status: "fired", runId: 1 },
  ]);
  for (const hours of [6, 7, 8, 9, 10, 11]) firer.fire(START_AT + hours * HOUR_MS);
  expectWholeLedger(firer, START_AT + 11 * HOUR_MS, 10);
  firer.fire(START_AT + 1.2 * HOUR_MS);
  expect(listRanges()[0]).toMatchObject({ status: "missed", count: 1, untilAt: null });
});

test("a clock that is more than a year ahead is held", async () => {
  const firer = await openOne({ cron: "0 * * * *" });
  expect(firer.fire(START_AT + 400 * 24 * HOUR_MS)).toMatchObject({ isHeld: true, started: [] });
  expect(firer.listLedger()).toEqual([]);
});

const POLICIES: readonly Omit<ScheduleSpec, "name">[] = [
  { cron: "*/40 * * * *", overlap: "allow" },
  { cron: "30 2 * * *", timezone: "Europe/Paris", overlap: "queue" },
  { cron: "0,30 2 * * *", timezone: "America/New_York", overlap: "cancel", catchup: "all" },
  { cron: "0 * * * *", jitterMs: 10 * MINUTE_MS, overlap: "skip", catchup: "none" },
];

for (const [seed, spec] of POLICIES.entries()) {
  test(`over half a year of crashes every slot of ${spec.cron} is in the ledger exactly once (seed ${seed})`, async () => {
    const chance = createSeededChance(seed + 1);
    const path = join(createTemporaryFolder(), "state", "lockstep.db");
    const engines = [await openFirer(path), await openFirer(path)] as const;
    engines[0].register([{ name: "nightly", ...spec }]);
    let at = START_AT;
    const endAt = START_AT + 182 * 24 * HOUR_MS;
    while (at < endAt) {
      const isSleep = chance() < 0.02;
      at += Math.ceil(chance() * (isSleep ? 60 * HOUR_MS : 2 * HOUR_MS));
      const engine = engines[chance() < 0.5 ? 0 : 1];
      if (isSleep) engine.restart(at);
      if (chance() < 0.2) expect(() => engine.fire(at, 1, true)).toThrow("crash");
      else while (engine.fire(at).hasMore);
      for (const { id } of engine.schedules.listOpenRuns(1)) if (chance() < 0.5) engine.endRun(id);
    }
    while (engines[0].fire(at).hasMore);
    expectWholeLedger(engines[0], at);
  });
}

function expectWholeLedger({ listLedger, schedules, store }: Firer, at: number, slotsMin = 100): void {
  const ledger = listLedger();
  const row = schedules.find(1);
  if (row === undefined) throw new Error("the schedule is gone");
  const rule = createScheduleRule(row.cron, row.timezone, parseSchedulePolicy(row.policyJson));
  const due = listSlots(rule, START_AT, at, 1_000_000);
  expect(due.length).toBeGreaterThan(slotsMin);
  const covering = due.map(({ dueAt }) =>
    ledger.filter((each) => each.dueAt <= dueAt && dueAt <= (each.untilAt ?? each.dueAt)),
  );
  expect(covering.filter((rows) => rows.length !== 1)).toEqual([]);
  expect(ledger.reduce((sum, { count }) => sum + count, 0)).toBe(due.reduce((sum, { count }) => sum + count, 0));
  const fired = ledger.filter(({ status }) => ["fired", "late", "caught_up"].includes(status));
  const runs = store.sqlite.prepare<[], number>("SELECT slot_id FROM run ORDER BY slot_id").pluck().all();
  expect(runs).toEqual(fired.map(({ id }) => id).sort((a, b) => a - b));
  expect(ledger.filter(({ runId }) => runId !== null)).toHaveLength(fired.length);
}
