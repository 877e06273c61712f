import { describe, expect, it } from "vitest";
import { type CronRuleSource, createCronRule } from "../../src/schedule/cron-rule.ts";
import { countSlots, findNextSlot, listLastSlots, listSlots } from "../../src/schedule/list-slots.ts";
import { formatInstant, formatWall } from "../../src/schedule/wall-time.ts";

/** The slots of a UTC day and a half around a night, as `instant status named wall time`. */
function listNight(cron: string, date: string, options: Partial<CronRuleSource> = {}): string[] {
  const rule = createCronRule({ cron, zone: "Europe/Paris", ...options });
  const noonAt = Date.parse(`${date}T12:00:00Z`);
  return listSlots(rule, noonAt - 14 * 3_600_000 - 1, noonAt).map((slot) => {
    const instant = formatInstant(rule.zone, slot.dueAt).slice(11);
    return `${instant} ${slot.status} ${formatWall(slot.wall).slice(11)}${slot.fold === 1 ? " again" : ""}`;
  });
}

const SPRING = "2026-03-29";
const AUTUMN = "2026-10-25";

describe("the night that has no 02:00 in Paris", () => {
  it.each([
    ["0 2,14 * * *", ["03:00:00+02:00 due 02:00", "14:00:00+02:00 due 14:00"]],
    ["30 2 * * *", ["03:00:00+02:00 due 02:30"]],
    ["0,30 2 * * *", ["01:59:59.999+01:00 merged 02:30", "03:00:00+02:00 due 02:00"]],
    ["*/30 2 * * *", ["01:59:59.999+01:00 merged 02:30", "03:00:00+02:00 due 02:00"]],
    ["0 2,3 * * *", ["01:59:59.999+01:00 merged 02:00", "03:00:00+02:00 due 03:00"]],
    [
      "0 */2 * * *",
      [
        "00:00:00+01:00 due 00:00",
        "03:00:00+02:00 due 02:00",
        "04:00:00+02:00 due 04:00",
        "06:00:00+02:00 due 06:00",
        "08:00:00+02:00 due 08:00",
        "10:00:00+02:00 due 10:00",
        "12:00:00+02:00 due 12:00",
        "14:00:00+02:00 due 14:00",
      ],
    ],
  ])("%s fires once at the end of the gap, and the rest of the gap is merged", (cron, expected) => {
    expect(listNight(cron, SPRING)).toEqual(expected);
  });

  it("makes no slots in the gap where the hour field is *", () => {
    expect(listNight("30 * * * *", SPRING).slice(0, 4)).toEqual([
      "23:30:00+01:00 due 23:30",
      "00:30:00+01:00 due 00:30",
      "01:30:00+01:00 due 01:30",
      "03:30:00+02:00 due 03:30",
    ]);
  });

  it("skips what lies in the gap where the schedule says so, with a row for each", () => {
    expect(listNight("*/30 2 * * *", SPRING, { gap: "skip" })).toEqual([
      "01:59:59.998+01:00 skipped 02:00",
      "01:59:59.999+01:00 skipped 02:30",
    ]);
  });

  it("keeps a thousand rows for a gap of 3,600 slots, of which one stands for the rest", () => {
    const rule = createCronRule({ cron: "* * 2 * * *", zone: "Europe/Paris" });
    const endAt = Date.parse("2026-03-29T01:00:00Z");
    const slots = listSlots(rule, endAt - 1_000, endAt);
    expect(slots).toHaveLength(1_000);
    expect(slots.reduce((sum, slot) => sum + slot.count, 0)).toBe(3_600);
    expect(slots.at(-1)).toEqual({ dueAt: endAt, wall: Date.UTC(2026, 2, 29, 2), fold: 0, status: "due", count: 1 });
    expect(listSlots(rule, endAt - 60_000, endAt - 1_000)).toEqual([]);
  });
});

describe("the night that has 02:00 twice in Paris", () => {
  it.each([
    ["0 2,14 * * *", ["02:00:00+02:00 due 02:00"]],
    ["30 2 * * *", ["02:30:00+02:00 due 02:30"]],
    ["0,30 2 * * *", ["02:00:00+02:00 due 02:00", "02:30:00+02:00 due 02:30"]],
    ["*/30 2 * * *", ["02:00:00+02:00 due 02:00", "02:30:00+02:00 due 02:30"]],
  ])("%s fires in the first pass only", (cron, expected) => {
    expect(listNight(cron, AUTUMN)).toEqual(expected);
  });

  it("fires in both passes where the hour field is *, or where the schedule says so", () => {
    expect(listNight("30 * * * *", AUTUMN).slice(2, 6)).toEqual([
      "02:30:00+02:00 due 02:30",
      "02:30:00+01:00 due 02:30 again",
      "03:30:00+01:00 due 03:30",
      "04:30:00+01:00 due 04:30",
    ]);
    expect(listNight("30 2 * * *", AUTUMN, { repeat: "both" })).toEqual([
      "02:30:00+02:00 due 02:30",
      "02:30:00+01:00 due 02:30 again",
    ]);
  });

  it("knows the second pass when asked in the midst of it", () => {
    const daily = createCronRule({ cron: "30 2 * * *", zone: "Europe/Paris" });
    const betweenAt = Date.parse("2026-10-25T01:10:00Z");
    expect(findNextSlot(daily, betweenAt)?.dueAt).toBe(Date.parse("2026-10-26T01:30:00Z"));
    const hourly = createCronRule({ cron: "30 * * * *", zone: "Europe/Paris" });
    expect(findNextSlot(hourly, betweenAt)).toMatchObject({ dueAt: Date.parse("2026-10-25T01:30:00Z"), fold: 1 });
  });
});

describe("Lord Howe, whose clock changes by half an hour", () => {
  it("fires one slot more, so that an hourly schedule never waits longer than an hour", () => {
    const rule = createCronRule({ cron: "0 * * * *", zone: "Australia/Lord_Howe" });
    const slots = listSlots(rule, Date.parse("2026-04-04T13:30:00Z"), Date.parse("2026-04-04T16:59:00Z"));
    expect(slots.map((slot) => formatInstant(rule.zone, slot.dueAt).slice(11))).toEqual([
      "01:00:00+11:00",
      "01:30:00+10:30",
      "02:00:00+10:30",
      "03:00:00+10:30",
    ]);
  });
});

describe("a change by whole hours", () => {
  it("adds nothing to an hourly schedule of one weekday, whose clock falls back at its midnight", () => {
    const rule = createCronRule({ cron: "0 * * * 0", zone: "America/Santiago" });
    const slots = listSlots(rule, Date.parse("2026-04-05T02:00:00Z"), Date.parse("2026-04-05T05:00:00Z"));
    // 23:00 of Saturday comes twice before it.
    expect(slots.map((slot) => formatInstant(rule.zone, slot.dueAt))).toEqual([
      "2026-04-05T00:00:00-04:00",
      "2026-04-05T01:00:00-04:00",
    ]);
  });
});

describe("the bounds of a list", () => {
  const rule = createCronRule({ cron: "*/10 * * * *", zone: "UTC" });
  const at = Date.parse("2026-11-24T12:00:00Z");

  it("leave out the first instant, take in the last, and stop at the limit", () => {
    expect(listSlots(rule, at, at + 1_200_000).map((slot) => slot.dueAt)).toEqual([at + 600_000, at + 1_200_000]);
    expect(listSlots(rule, at, at)).toEqual([]);
    expect(listSlots(rule, at, at - 1)).toEqual([]);
    expect(listSlots(rule, at, at + 86_400_000, 3)).toHaveLength(3);
    expect(listSlots(rule, at, at + 86_400_000, 0)).toEqual([]);
    expect(listSlots(rule, at, at + 30 * 86_400_000)).toHaveLength(1_000);
  });

  it("hold a merged slot where they end between it and the end of its gap", () => {
    const gapped = createCronRule({ cron: "0,20,40 2 * * *", zone: "Europe/Paris" });
    const endAt = Date.parse("2026-03-29T01:00:00Z");
    expect(listSlots(gapped, endAt - 3_600_000, endAt - 2)).toMatchObject([{ dueAt: endAt - 2, status: "merged" }]);
    expect(countSlots(gapped, endAt - 3_600_000, endAt - 2)).toBe(1);
    expect(listSlots(gapped, endAt - 2, endAt)).toMatchObject([{ status: "merged" }, { status: "due" }]);
  });

  it("lie within from and until of the schedule, both taken in", () => {
    const bounded = createCronRule({ cron: "0 * * * *", zone: "UTC", fromAt: at, untilAt: at + 7_200_000 });
    const all = [at, at + 3_600_000, at + 7_200_000];
    expect(listSlots(bounded, 0, at + 86_400_000).map((slot) => slot.dueAt)).toEqual(all);
    expect(countSlots(bounded, 0, at + 86_400_000)).toBe(3);
    expect(findNextSlot(bounded, 0)?.dueAt).toBe(at);
    expect(findNextSlot(bounded, at + 7_200_000)).toBeUndefined();
  });

  it("count ten years of seconds without walking them", () => {
    const seconds = createCronRule({ cron: "* * * * * *", zone: "Europe/Paris" });
    expect(countSlots(seconds, at, at + 3_650 * 86_400_000)).toBe(3_650 * 86_400);
  });

  it("give the last slots in order", () => {
    const last = listLastSlots(rule, at - 86_400_000, at, 2);
    expect(last.map((slot) => slot.dueAt)).toEqual([at - 600_000, at]);
    expect(listLastSlots(rule, at - 1_200_000, at, 50)).toHaveLength(2);
  });
});

describe("the next slot", () => {
  it("is found decades ahead", () => {
    const rule = createCronRule({ cron: "0 12 29 2 +1", zone: "Europe/Paris" });
    const next = findNextSlot(rule, Date.parse("2026-01-01T00:00:00Z"));
    expect(next?.dueAt).toBe(Date.parse("2044-02-29T11:00:00Z"));
  });

  it("is never a merged one", () => {
    const rule = createCronRule({ cron: "0,30 2 * * *", zone: "Europe/Paris" });
    const next = findNextSlot(rule, Date.parse("2026-03-29T00:00:00Z"));
    expect(next).toMatchObject({ dueAt: Date.parse("2026-03-29T01:00:00Z"), status: "due" });
  });
});
