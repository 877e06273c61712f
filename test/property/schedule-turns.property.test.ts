import fc from "fast-check";
import { expect, test } from "vitest";
import { decideTurn, type SlotOutcome } from "../../src/schedule/catch-up.ts";
import { createCronRule } from "../../src/schedule/cron-rule.ts";
import { countSlots, listLastSlots, listSlots, SLOTS_PER_TURN_MAX } from "../../src/schedule/list-slots.ts";
import { SCHEDULE_POLICY_DEFAULTS } from "../../src/schedule/schedule-policy.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 1_440 * MINUTE_MS;
const START_AT = Date.parse("2026-03-20T00:00:00Z");

const anyCron = fc.constantFrom(
  "* * * * *",
  "*/7 * * * *",
  "0,20,40 2 * * *",
  "0 * * * *",
  "30 2 * * *",
  "* 2 * * *",
  "15 */3 * * 0",
);
const anyZone = fc.constantFrom("UTC", "Europe/Paris", "Australia/Lord_Howe", "Africa/Casablanca", "America/Santiago");
const anyPolicy = fc.record({
  catchup: fc.constantFrom("none" as const, "latest" as const, "all" as const),
  catchupWindowMs: fc.constantFrom(1, 10 * MINUTE_MS, DAY_MS, 5 * DAY_MS),
  jitterMs: fc.constantFrom(0, 0, 30_000, 600_000),
});
/** How long nobody looked before each turn. */
const anyWaits = fc.array(fc.oneof(fc.integer({ min: 1, max: 90_000 }), fc.integer({ min: 1, max: 8 * DAY_MS })), {
  minLength: 1,
  maxLength: 6,
});
const anyPause = fc.option(fc.integer({ min: 0, max: 10 * DAY_MS }), { nil: undefined });

test("whenever turns are taken, each slot is in exactly one row of the ledger, and no turn is over its limit", () => {
  fc.assert(
    fc.property(anyCron, anyZone, anyPolicy, anyWaits, anyPause, (cron, zone, some, waits, pauseMs) => {
      const rule = createCronRule({ cron, zone });
      const policy = { ...SCHEDULE_POLICY_DEFAULTS, overlap: "allow" as const, ...some };
      const ledger: SlotOutcome[] = [];
      let cursorAt = START_AT;
      let nowAt = START_AT;
      for (const waitMs of waits) {
        nowAt += waitMs;
        for (let hasMore = true; hasMore; ) {
          const pausedUntilAt = pauseMs === undefined ? undefined : START_AT + pauseMs;
          const turn = decideTurn({ rule, policy, scheduleKey: "any", cursorAt, nowAt, pausedUntilAt });
          expect(turn.outcomes.length).toBeLessThanOrEqual(SLOTS_PER_TURN_MAX);
          expect(turn.cursorAt).toBeGreaterThan(cursorAt);
          ledger.push(...turn.outcomes);
          ({ cursorAt, hasMore } = turn);
        }
        expect(cursorAt).toBe(nowAt);
      }
      const slots = listSlots(rule, START_AT, nowAt, Number.POSITIVE_INFINITY).map((slot) => slot.dueAt);
      expect(ledger.flatMap((row) => expandRow(row, slots))).toEqual(slots);
    }),
    { numRuns: 150 },
  );
});

test("catching up fires at most one slot that is not in time per absence, or all within the limit, or none", () => {
  fc.assert(
    fc.property(anyCron, anyZone, anyPolicy, fc.integer({ min: 1, max: 8 * DAY_MS }), (cron, zone, some, waitMs) => {
      const rule = createCronRule({ cron, zone });
      const policy = { ...SCHEDULE_POLICY_DEFAULTS, overlap: "allow" as const, ...some };
      let caughtUp = 0;
      let cursorAt = START_AT;
      const nowAt = START_AT + waitMs;
      for (let hasMore = true; hasMore; ) {
        const turn = decideTurn({ rule, policy, scheduleKey: "any", cursorAt, nowAt });
        caughtUp += turn.outcomes.filter((row) => row.status === "caught_up").length;
        ({ cursorAt, hasMore } = turn);
      }
      const most = { none: 0, latest: 1, all: 1_000 }[policy.catchup];
      expect(caughtUp).toBeLessThanOrEqual(most);
    }),
    { numRuns: 150 },
  );
});

test("counting and taking the last agree with the list", () => {
  const anyStart = fc.integer({ min: 0, max: 400 * DAY_MS });
  const anyLength = fc.integer({ min: 0, max: 20 * DAY_MS });
  fc.assert(
    fc.property(
      anyCron,
      anyZone,
      anyStart,
      anyLength,
      fc.integer({ min: 1, max: 50 }),
      (cron, zone, start, length, max) => {
        const rule = createCronRule({ cron, zone });
        const [afterAt, untilAt] = [START_AT + start, START_AT + start + length];
        const slots = listSlots(rule, afterAt, untilAt, Number.POSITIVE_INFINITY);
        expect(countSlots(rule, afterAt, untilAt)).toBe(slots.length);
        expect(listLastSlots(rule, afterAt, untilAt, max)).toEqual(slots.slice(-max));
        expect(slots.every((slot, index) => index === 0 || slot.dueAt > (slots[index - 1]?.dueAt ?? 0))).toBe(true);
      },
    ),
    { numRuns: 200 },
  );
});

/** The slots that a row stands for; a range says how many there are. */
function expandRow(row: SlotOutcome, slots: readonly number[]): number[] {
  const { dueAt, untilAt = dueAt } = row;
  const inside = slots.filter((at) => at >= dueAt && at <= untilAt);
  if (row.untilAt !== undefined) expect(row.count).toBe(inside.length);
  return inside;
}
