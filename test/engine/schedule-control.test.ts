import { expect, test } from "vitest";
import { backfillInParts, backfillSchedule } from "../../src/engine/backfill.ts";
import { pauseSchedule, resumeSchedule, triggerSchedule } from "../../src/engine/schedule-control.ts";
import { listSchedules } from "../../src/views/list-schedules.ts";
import { listSlots } from "../../src/views/list-slots.ts";
import { signSlot } from "../../src/views/slot-sign.ts";
import { type Firer, HOUR_MS, openOne, START_AT } from "../support/slot-firer.ts";

const HOURLY = { cron: "0 * * * *", overlap: "allow" } as const;
const isEngineAlive = () => false;

const readLine = ({ store }: Firer, now: number) => {
  const [line] = listSchedules(store, { now, isEngineAlive });
  if (line === undefined) throw new Error("there is no schedule");
  return line;
};
const listStates = ({ listLedger }: Firer) =>
  listLedger().map(({ status, reason, count }) => [status, reason, count] as const);
const hours = (count: number) => START_AT + count * HOUR_MS;
const readSlot = ({ store }: Firer, run: number) =>
  store.sqlite.prepare<[number], string>("SELECT scheduled_at FROM run WHERE id = ?").pluck().get(run);

test("a pause skips its slots, shows what comes after it, and ends when somebody resumes", async () => {
  const firer = await openOne(HOURLY);
  firer.inTransaction(() => pauseSchedule(firer.scope, 1, null, START_AT));
  expect(readLine(firer, START_AT)).toMatchObject({
    state: "paused",
    isPaused: true,
    pausedUntilAt: null,
    nextAt: null,
  });
  firer.fire(hours(2));
  expect(firer.inTransaction(() => resumeSchedule(firer.scope, 1, hours(2.5)))).toBe(true);
  expect(firer.inTransaction(() => resumeSchedule(firer.scope, 1, hours(2.5)))).toBe(false);
  firer.fire(hours(3));
  expect(listStates(firer)).toEqual([
    ["skipped", "paused", 2],
    ["fired", null, 1],
  ]);
  expect(readLine(firer, hours(3))).toMatchObject({ state: "on", stateText: "on", nextAt: hours(4) - 30_000 });
});

test("a pause until a time shows the first slot after it", async () => {
  const firer = await openOne(HOURLY);
  firer.inTransaction(() => pauseSchedule(firer.scope, 1, hours(5), START_AT));
  expect(readLine(firer, START_AT)).toMatchObject({ pausedUntilAt: hours(5), nextAt: hours(6) - 30_000 });
});

test("a run that is triggered stands beside the ledger, and its time is now", async () => {
  const firer = await openOne({ ...HOURLY, timezone: "Europe/Paris" });
  const run = firer.inTransaction(() => triggerSchedule(firer.scope, 1, "{}", hours(0.5)));
  expect(firer.listLedger()).toEqual([]);
  expect(readSlot(firer, run)).toBe("2026-01-01T01:30:30+01:00");
});

test("a backfill runs the slots before the schedule was there, each once, for the day that they stand for", async () => {
  const firer = await openOne({ ...HOURLY, timezone: "Europe/Paris" });
  const request = { scheduleId: 1, fromAt: hours(-3), toAt: hours(5), inputJson: "{}" };
  const backfill = () => firer.inTransaction(() => backfillSchedule(firer.scope, request, START_AT));
  const planned = firer.inTransaction(() =>
    backfillSchedule(firer.scope, { ...request, inputJson: undefined }, START_AT),
  );
  expect(planned).toMatchObject({ runs: [], presentCount: 0, dueAfterAt: START_AT });
  expect(firer.listLedger()).toEqual([]);
  const first = backfill();
  expect(first.slots).toEqual(planned.slots);
  expect(first.runs.map((run) => readSlot(firer, run))).toEqual([
    "2025-12-31T23:00:00+01:00",
    "2026-01-01T00:00:00+01:00",
    "2026-01-01T01:00:00+01:00",
  ]);
  expect(backfill()).toMatchObject({ slots: [], runs: [], presentCount: 3 });
  firer.fire(hours(1));
  expect(firer.listLedger().map(({ status, runId }) => [status, runId])).toEqual([
    ["caught_up", 1],
    ["caught_up", 2],
    ["caught_up", 3],
    ["fired", 4],
  ]);
});

test("a backfill cuts a range of missed slots open, and the rest of it stays missed", async () => {
  const firer = await openOne({ ...HOURLY, catchup: "none", catchupWindowMs: HOUR_MS });
  firer.fire(hours(10));
  expect(listStates(firer)).toEqual([
    ["missed", "beyond_window", 9],
    ["fired", null, 1],
  ]);
  for (const at of [5, 1, 9]) {
    const request = { scheduleId: 1, fromAt: hours(at - 0.5), toAt: hours(at), inputJson: "{}" };
    expect(firer.inTransaction(() => backfillSchedule(firer.scope, request, hours(10))).runs).toHaveLength(1);
  }
  expect(listStates(firer)).toEqual([
    ["caught_up", null, 1],
    ["missed", "beyond_window", 3],
    ["caught_up", null, 1],
    ["missed", "beyond_window", 3],
    ["caught_up", null, 1],
    ["fired", null, 1],
  ]);
  const rest = { scheduleId: 1, fromAt: hours(0), toAt: hours(10), inputJson: "{}" };
  expect(firer.inTransaction(() => backfillSchedule(firer.scope, rest, hours(10)))).toMatchObject({ presentCount: 4 });
  expect(listStates(firer).map(([status]) => status)).toEqual([...Array(9).fill("caught_up"), "fired"]);
  expect(firer.listLedger().every(({ runId }) => runId !== null)).toBe(true);
});

test("a long backfill is many short transactions, and one that is cut off is done by the next", async () => {
  const firer = await openOne({ ...HOURLY, cron: "* * * * *" });
  const request = { scheduleId: 1, fromAt: hours(-16), toAt: hours(0), inputJson: "{}" };
  let transactions = 0;
  const store = {
    ...firer.store,
    writeTransaction: async <T>(work: () => T): Promise<T> => {
      transactions++;
      if (transactions === 3) throw new Error("cut off");
      return firer.inTransaction(work);
    },
  };
  await expect(backfillInParts(store, firer.scope, request, START_AT)).rejects.toThrow("cut off");
  expect(firer.listLedger()).toHaveLength(500);
  const { slots, runs, presentCount } = await backfillInParts(store, firer.scope, request, START_AT);
  expect([slots.length, runs.length, presentCount]).toEqual([460, 460, 500]);
  expect(firer.listLedger().map(({ runId }) => runId)).toEqual(Array.from({ length: 960 }, (_, index) => index + 1));
});

test("more than 1,000 slots are refused before anything starts", async () => {
  const firer = await openOne({ ...HOURLY, cron: "* * * * *" });
  const request = { scheduleId: 1, fromAt: hours(-24), toAt: hours(0), inputJson: "{}" };
  expect(() => firer.inTransaction(() => backfillSchedule(firer.scope, request, START_AT))).toThrow(
    "1440 slots have no run in that time, and a backfill starts at most 1000. Nothing was started.",
  );
  expect(firer.listLedger()).toEqual([]);
});

test("the ledger is read page by page, and each slot has a sign", async () => {
  const firer = await openOne({ ...HOURLY, overlap: "skip" });
  firer.fire(hours(1));
  firer.fire(hours(2));
  firer.endRun(1);
  firer.fire(hours(3));
  const newest = listSlots(firer.store, 1, { limit: 2 }, isEngineAlive);
  expect(newest).toMatchObject([
    { state: "fired", run: 2, runStatus: "queued" },
    { state: "skipped", reason: "overlap", run: null },
  ]);
  const older = listSlots(firer.store, 1, { beforeAt: newest[1]?.dueAt ?? 0 }, isEngineAlive);
  expect(older).toMatchObject([{ state: "fired", run: 1, runStatus: "canceled" }]);
  const { lastSlots } = readLine(firer, hours(3));
  expect(lastSlots.map((slot) => signSlot(slot, true)).join("")).toBe("–s▸");
  expect(lastSlots.map((slot) => signSlot(slot, false)).join("")).toBe("-s>");
  expect(listSlots(firer.store, 1, { sinceAt: hours(2.5) }, isEngineAlive)).toHaveLength(1);
});
