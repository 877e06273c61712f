import { beforeAll, describe, expect, it } from "vitest";
import { type CronRule, createCronRule } from "../../src/schedule/cron-rule.ts";
import { countSlots, listSlots } from "../../src/schedule/list-slots.ts";
import type { Slot } from "../../src/schedule/slot.ts";
import {
  listOffsetChanges,
  listOracleSlots,
  MINUTE_MS,
  type OffsetChange,
  type OraclePattern,
  readOraclePattern,
  walkWallMinutes,
} from "../support/slot-oracle.ts";

const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const FROM_AT = Date.UTC(2020, 0, 1);
const UNTIL_AT = Date.UTC(2041, 0, 1);
/** Before and after each change of an offset: whole days lie in it whatever the zone. */
const AROUND_MS = 36 * HOUR_MS;
const AROUND_MINUTES = (2 * AROUND_MS) / MINUTE_MS;

const BY_THE_CLOCK = [
  "30 2 * * *",
  "0 2,14 * * *",
  "0,30 2 * * *",
  "*/30 2 * * *",
  "0 0 * * *",
  "30 0 * * *",
  "0 1 * * *",
  "30 1 * * *",
  "59 1 * * *",
  "0 3 * * *",
  "0 2,3 * * *",
  "15,45 1,2,3 * * *",
  "*/15 0-4 * * *",
  "0 */2 * * *",
  "*/20 */3 * * *",
  "30 23 * * *",
  "59 0,23 * * *",
  "* 2 * * *",
  "0 12 * * *",
  "30 2 * * 0",
  "0 2 * * 1-5",
  "30 1 1 * *",
  "45 1 * 3,10 *",
  "0 0 1,15 * 7",
];
const BY_ELAPSED_TIME = [
  "* * * * *",
  "*/5 * * * *",
  "0 * * * *",
  "30 * * * *",
  "*/30 * * * *",
  "15,45 * * * *",
  "*/7 * * * *",
  "50 0-23 * * *",
];

interface ZoneChanges {
  readonly zone: string;
  readonly changes: readonly OffsetChange[];
}

/** Every zone that changes its offset in these years; of zones that change alike, one. */
let zones: ZoneChanges[] = [];

beforeAll(() => {
  const alike = new Map<string, ZoneChanges>();
  for (const zone of Intl.supportedValuesOf("timeZone")) {
    const changes = listOffsetChanges(zone, FROM_AT, UNTIL_AT);
    if (changes.length > 0) alike.set(JSON.stringify(changes), { zone, changes });
  }
  zones = [...alike.values()];
});

describe("slots around every change of an offset from 2020 to 2040, in every zone", () => {
  it("looks at many zones and at both kinds of change", () => {
    const steps = zones.flatMap(({ changes }) => changes.map((change) => change.afterMs - change.beforeMs));
    expect(zones.length).toBeGreaterThan(40);
    expect(steps.filter((step) => step > 0).length).toBeGreaterThan(500);
    expect(steps.filter((step) => step < 0).length).toBeGreaterThan(500);
    // Lord Howe changes by half an hour, Troll and Vostok by two hours, Casey by three.
    expect(steps).toEqual(expect.arrayContaining([30 * MINUTE_MS, 2 * HOUR_MS, 3 * HOUR_MS]));
  });

  it.each(BY_THE_CLOCK)(
    "%s: each named time of the clock once, those of a gap once at its end, the others merged",
    (text) => {
      const pattern = readOraclePattern(text);
      const isDaily = text.endsWith("* * *");
      for (const { zone, changes } of zones) {
        const rule = createCronRule({ cron: text, zone });
        for (const change of changes) {
          const { slots, place } = listAround(rule, change);
          const expected = listExpected(pattern, change);
          const due = slots.filter((slot) => slot.status === "due");
          expect(
            due.map((slot) => slot.dueAt),
            place,
          ).toEqual(expected.due);
          expect(listGapEnds(slots, change), place).toEqual(expected.merged);
          expect(new Set(slots.map((slot) => slot.dueAt)).size, place).toBe(slots.length);
          expect(new Set(slots.map((slot) => slot.wall)).size, place).toBe(slots.length);
          if (isDaily) expect(listDaysWithout(due, change), place).toEqual([]);
        }
      }
    },
  );

  it.each(BY_ELAPSED_TIME)(
    "%s: every minute that shows a named time, and never a longer wait than its interval",
    (text) => {
      const pattern = readOraclePattern(text);
      const intervalMs = pattern.hourIntervalMinutes * MINUTE_MS;
      for (const { zone, changes } of zones) {
        const rule = createCronRule({ cron: text, zone });
        for (const change of changes) {
          const { slots, place } = listAround(rule, change);
          const dueAts = slots.map((slot) => slot.dueAt);
          const expected = listExpected(pattern, change).due;
          expect(measureLongestWait(dueAts), place).toBeLessThanOrEqual(intervalMs);
          const isWholeHours = (change.afterMs - change.beforeMs) % HOUR_MS === 0;
          // A change by half an hour needs at most one slot more, within an hour after it, lest the wait be too long.
          const more = isWholeHours ? [] : dueAts.filter((at) => !expected.includes(at));
          expect(more.length, place).toBeLessThanOrEqual(1);
          expect(
            more.every((at) => at >= change.at && at < change.at + HOUR_MS),
            place,
          ).toBe(true);
          expect(
            dueAts.filter((at) => !more.includes(at)),
            place,
          ).toEqual(expected);
        }
      }
    },
  );

  it("fires 30 2 * * * on each of the 7,671 days, in each zone", () => {
    for (const { zone } of zones) {
      const rule = createCronRule({ cron: "30 2 * * *", zone });
      const slots = listSlots(rule, FROM_AT - DAY_MS, UNTIL_AT + DAY_MS, 10_000);
      const days = slots.map((slot) => Math.floor(slot.wall / DAY_MS)).filter((day) => day >= FROM_AT / DAY_MS);
      const expected = Array.from({ length: 7_671 }, (_, index) => FROM_AT / DAY_MS + index);
      expect(
        days.filter((day) => day < UNTIL_AT / DAY_MS),
        zone,
      ).toEqual(expected);
    }
  });
});

function listAround(rule: CronRule, change: OffsetChange): { slots: Slot[]; place: string } {
  const [afterAt, untilAt] = [change.at - AROUND_MS - 1, change.at + AROUND_MS - 1];
  const slots = listSlots(rule, afterAt, untilAt, Number.POSITIVE_INFINITY);
  const place = `${rule.cron} ${rule.zone} ${new Date(change.at).toISOString()}`;
  expect(countSlots(rule, afterAt, untilAt), place).toBe(slots.length);
  return { slots, place };
}

/** Walking the minutes is the same for all patterns; it is kept for as long as the change is looked at. */
const minutesOfChange = new WeakMap<OffsetChange, Int32Array>();

function listExpected(pattern: OraclePattern, change: OffsetChange) {
  const fromAt = change.at - AROUND_MS;
  const walls = minutesOfChange.get(change) ?? walkWallMinutes(change, fromAt, AROUND_MINUTES);
  minutesOfChange.set(change, walls);
  return listOracleSlots(pattern, walls, fromAt);
}

/** For each merged slot the end of its gap; it lies in the second before. */
function listGapEnds(slots: readonly Slot[], change: OffsetChange): number[] {
  const merged = slots.filter((slot) => slot.status === "merged");
  return merged.map((slot) => (slot.dueAt < change.at && slot.dueAt > change.at - 1_000 ? change.at : slot.dueAt));
}

/** The days of the wall clock that lie wholly in the window and have no slot. */
function listDaysWithout(due: readonly Slot[], change: OffsetChange): number[] {
  const first = Math.ceil((change.at - AROUND_MS + change.beforeMs) / DAY_MS);
  const last = Math.floor((change.at + AROUND_MS + change.afterMs) / DAY_MS) - 1;
  const days = new Set(due.map((slot) => Math.floor(slot.wall / DAY_MS)));
  return Array.from({ length: last - first + 1 }, (_, index) => first + index).filter((day) => !days.has(day));
}

function measureLongestWait(instants: readonly number[]): number {
  let longest = 0;
  for (let index = 1; index < instants.length; index++) {
    longest = Math.max(longest, (instants[index] as number) - (instants[index - 1] as number));
  }
  return longest;
}
