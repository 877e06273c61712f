import { describe, expect, it } from "vitest";
import { decideTurn, getFiredStatus, type SlotOutcome, type Turn } from "../../src/schedule/catch-up.ts";
import { createCronRule } from "../../src/schedule/cron-rule.ts";
import { listLastSlots } from "../../src/schedule/list-slots.ts";
import { SCHEDULE_POLICY_DEFAULTS, type SchedulePolicy } from "../../src/schedule/schedule-policy.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const NOON_AT = Date.parse("2026-11-24T12:00:00Z");

interface TurnOptions extends Partial<Omit<Turn, "policy" | "rule">> {
  readonly cron?: string;
  readonly zone?: string;
  readonly policy?: Partial<SchedulePolicy>;
}

/** A turn of an hourly schedule whose cursor is at noon. */
function decide({ cron = "0 * * * *", zone = "UTC", policy = {}, ...turn }: TurnOptions) {
  const rule = createCronRule({ cron, zone });
  const whole = { ...SCHEDULE_POLICY_DEFAULTS, ...policy };
  return decideTurn({ rule, policy: whole, scheduleKey: "nightly/0", cursorAt: NOON_AT, nowAt: NOON_AT, ...turn });
}

function describeOutcome(outcome: SlotOutcome): string {
  const hours = (at: number) => `+${(at - NOON_AT) / HOUR_MS}h`;
  const until = outcome.untilAt === undefined ? "" : `..${hours(outcome.untilAt)} ×${outcome.count}`;
  const reason = outcome.reason === undefined ? "" : ` (${outcome.reason})`;
  return `${hours(outcome.dueAt)}${until} ${outcome.status}${reason}`;
}

const describeTurn = (options: TurnOptions) => decide(options).outcomes.map(describeOutcome);

describe("a turn of a schedule", () => {
  it("fires a slot that is at most 60 s old, whatever the policy", () => {
    for (const catchup of ["none", "latest", "all"] as const) {
      const turn = decide({ nowAt: NOON_AT + HOUR_MS + MINUTE_MS, policy: { catchup, overlap: "allow" } });
      expect(turn.outcomes.map(describeOutcome)).toEqual(["+1h fired"]);
      expect(turn).toMatchObject({ cursorAt: NOON_AT + HOUR_MS + MINUTE_MS, hasMore: false });
    }
  });

  it("has no slots where now is not after the cursor, and leaves the cursor", () => {
    expect(decide({ nowAt: NOON_AT })).toEqual({ outcomes: [], cursorAt: NOON_AT, hasMore: false });
    expect(decide({ nowAt: NOON_AT - 30_000 })).toEqual({ outcomes: [], cursorAt: NOON_AT, hasMore: false });
  });

  it("moves the cursor to now where nothing was due", () => {
    expect(decide({ nowAt: NOON_AT + 1_000 })).toEqual({ outcomes: [], cursorAt: NOON_AT + 1_000, hasMore: false });
  });

  it("after an absence misses all, catches up the latest, or all", () => {
    const nowAt = NOON_AT + 3 * HOUR_MS + 2 * MINUTE_MS;
    expect(describeTurn({ nowAt, policy: { catchup: "none" } })).toEqual([
      "+1h missed (catchup_none)",
      "+2h missed (catchup_none)",
      "+3h missed (catchup_none)",
    ]);
    expect(describeTurn({ nowAt, policy: { catchup: "latest" } })).toEqual([
      "+1h missed (not_latest)",
      "+2h missed (not_latest)",
      "+3h caught_up",
    ]);
    expect(describeTurn({ nowAt, policy: { catchup: "all", overlap: "allow" } })).toEqual([
      "+1h caught_up",
      "+2h caught_up",
      "+3h caught_up",
    ]);
  });

  it("catches up none but the newest, even where that one is in time", () => {
    expect(describeTurn({ nowAt: NOON_AT + 2 * HOUR_MS })).toEqual(["+1h missed (not_latest)", "+2h fired"]);
  });

  it("calls a slot late where an engine had watched since before it", () => {
    const nowAt = NOON_AT + HOUR_MS + 61_000;
    expect(describeTurn({ nowAt, watchedSinceAt: NOON_AT })).toEqual(["+1h late"]);
    expect(describeTurn({ nowAt, watchedSinceAt: NOON_AT + HOUR_MS })).toEqual(["+1h caught_up"]);
  });

  it("makes one row of all that is beyond the window", () => {
    const nowAt = NOON_AT + 30 * DAY_MS + 5 * MINUTE_MS;
    const outcomes = describeTurn({ nowAt });
    expect(outcomes[0]).toBe(`+1h..+${29 * 24}h ×${29 * 24} missed (beyond_window)`);
    expect(outcomes).toHaveLength(25);
    expect(outcomes.at(-1)).toBe(`+${30 * 24}h caught_up`);
  });

  it("counts a slot that is exactly as old as the window as within it", () => {
    expect(describeTurn({ nowAt: NOON_AT + 25 * HOUR_MS })[0]).toBe("+1h missed (not_latest)");
    expect(describeTurn({ nowAt: NOON_AT + 25 * HOUR_MS + 1 })[0]).toBe("+1h missed (beyond_window)");
  });

  it("writes a row without a range for a single slot beyond the window", () => {
    const nowAt = NOON_AT + DAY_MS + HOUR_MS + 1;
    expect(decide({ nowAt }).outcomes[0]).toEqual({
      dueAt: NOON_AT + HOUR_MS,
      count: 1,
      status: "missed",
      reason: "beyond_window",
    });
  });

  it("catches up at most the newest 1,000, and one row says so of the older", () => {
    const policy = { catchup: "all", overlap: "allow" } as const;
    const nowAt = NOON_AT + 20 * HOUR_MS + 30_000;
    const turn = decide({ cron: "* * * * *", nowAt, policy });
    expect(turn.outcomes[0]).toMatchObject({
      count: 200,
      status: "missed",
      reason: "over_limit",
      dueAt: NOON_AT + MINUTE_MS,
    });
    expect(turn.outcomes.filter((each) => each.status === "caught_up")).toHaveLength(999);
    expect(turn).toMatchObject({ hasMore: true, cursorAt: NOON_AT + 1_199 * MINUTE_MS });
    const next = decide({ cron: "* * * * *", nowAt, policy, cursorAt: turn.cursorAt });
    expect(next.outcomes.map((each) => each.status)).toEqual(["fired"]);
  });

  it("takes 1,000 slots at once and goes on where it stopped", () => {
    const nowAt = NOON_AT + 20 * HOUR_MS + 5 * MINUTE_MS;
    const first = decide({ cron: "* * * * *", nowAt });
    expect(first).toMatchObject({ hasMore: true, cursorAt: NOON_AT + 1_000 * MINUTE_MS });
    expect(first.outcomes).toHaveLength(1_000);
    expect(new Set(first.outcomes.map((each) => each.reason))).toEqual(new Set(["not_latest"]));
    const second = decide({ cron: "* * * * *", nowAt, cursorAt: first.cursorAt });
    expect(second).toMatchObject({ hasMore: false, cursorAt: nowAt });
    expect(second.outcomes).toHaveLength(205);
    expect(second.outcomes.at(-1)).toMatchObject({ status: "fired", dueAt: nowAt });
  });

  it("skips what was due while the schedule was paused, in one row, and takes up after it", () => {
    const nowAt = NOON_AT + 4 * HOUR_MS;
    expect(describeTurn({ nowAt, pausedUntilAt: NOON_AT + 3 * HOUR_MS })).toEqual([
      "+1h..+2h ×2 skipped (paused)",
      "+3h missed (not_latest)",
      "+4h fired",
    ]);
    expect(describeTurn({ nowAt: NOON_AT + HOUR_MS, pausedUntilAt: Number.MAX_SAFE_INTEGER })).toEqual([
      "+1h skipped (paused)",
    ]);
  });

  it("skips what was due up to the removal, and has nothing after it", () => {
    expect(describeTurn({ nowAt: NOON_AT + 5 * HOUR_MS, removedAt: NOON_AT + 2.5 * HOUR_MS })).toEqual([
      "+1h..+2h ×2 skipped (removed)",
    ]);
    expect(describeTurn({ nowAt: NOON_AT + 5 * HOUR_MS, removedAt: NOON_AT - DAY_MS })).toEqual([]);
  });

  it("misses with its reason what a broken file keeps from starting", () => {
    expect(describeTurn({ nowAt: NOON_AT + 2 * HOUR_MS, blockedBy: "broken_file" })).toEqual([
      "+1h missed (not_latest)",
      "+2h missed (broken_file)",
    ]);
  });

  it("writes a merged row for what a gap swallowed", () => {
    const cursorAt = Date.parse("2026-03-29T00:30:00Z");
    const nowAt = Date.parse("2026-03-29T01:00:10Z");
    const { outcomes } = decide({ cron: "0,30 2 * * *", zone: "Europe/Paris", cursorAt, nowAt });
    expect(outcomes).toEqual([
      { dueAt: nowAt - 10_001, count: 1, status: "merged", reason: "gap 2026-03-29T02:30" },
      { dueAt: nowAt - 10_000, count: 1, status: "fired" },
    ]);
  });

  it("knows the latest slot of a full turn that ends where a gap's merged slots begin", () => {
    const [cron, zone] = ["*/10 1,2 * * *", "Europe/Paris"];
    const endAt = Date.parse("2026-03-29T01:00:00Z");
    const first = listLastSlots(createCronRule({ cron, zone }), 0, endAt - 1_000, 1_000)[0];
    const cursorAt = Number(first?.dueAt) - 1;
    const policy = { catchupWindowMs: 365 * DAY_MS };
    const before = decide({ cron, zone, policy, cursorAt, nowAt: endAt - 1 });
    expect(before.outcomes.at(-1)).toMatchObject({ dueAt: endAt - 10 * MINUTE_MS, status: "caught_up" });
    const after = decide({ cron, zone, policy, cursorAt, nowAt: endAt });
    expect(after).toMatchObject({ hasMore: true, cursorAt: endAt - 10 * MINUTE_MS });
    expect(after.outcomes.at(-1)).toMatchObject({ status: "missed", reason: "not_latest" });
  });

  it("leaves a slot pending until its jitter has passed, before the next slot", () => {
    const policy = { jitterMs: 10 * DAY_MS };
    const turn = decide({ nowAt: NOON_AT + HOUR_MS, policy });
    expect(turn.outcomes).toEqual([
      { dueAt: NOON_AT + HOUR_MS, count: 1, status: "pending", reason: "jitter", fireAt: expect.any(Number) },
    ]);
    const fireAt = Number(turn.outcomes[0]?.fireAt);
    expect(fireAt).toBeGreaterThan(NOON_AT + HOUR_MS);
    expect(fireAt).toBeLessThan(NOON_AT + 2 * HOUR_MS);
    expect(describeTurn({ nowAt: fireAt, policy })).toEqual(["+1h fired"]);
    expect(getFiredStatus(fireAt, fireAt + MINUTE_MS)).toBe("fired");
    expect(getFiredStatus(fireAt, fireAt + MINUTE_MS + 1)).toBe("late");
  });
});
