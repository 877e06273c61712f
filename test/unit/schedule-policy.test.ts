import { describe, expect, it } from "vitest";
import type { ScheduleSpec } from "../../src/core/workflow-spec.ts";
import {
  createSchedulePolicy,
  createScheduleRule,
  parseSchedulePolicy,
  SCHEDULE_POLICY_DEFAULTS,
} from "../../src/schedule/schedule-policy.ts";

const spec = (more: Partial<ScheduleSpec> = {}): ScheduleSpec => ({
  name: "nightly",
  cron: "30 2 * * *",
  timezone: "Europe/Paris",
  ...more,
});
const create = (more?: Partial<ScheduleSpec>) => createSchedulePolicy(spec(more), "Europe/Paris");

describe("the policy of a schedule", () => {
  it("has defaults: catch up the latest of a day, skip beside an active run, hold beside a waiting one", () => {
    expect(create()).toEqual({
      catchup: "latest",
      catchupWindowMs: 86_400_000,
      overlap: "skip",
      whileWaiting: "hold",
      jitterMs: 0,
      isZoneLocal: false,
    });
  });

  it("comes back from JSON as it was, and gives the rule", () => {
    const policy = create({ gap: "skip", repeat: "both", from: "2026-01-01", until: "2026-12-31", jitterMs: 5_000 });
    expect(parseSchedulePolicy(JSON.stringify(policy))).toEqual(policy);
    const { cron, zone, gap, repeat, fromAt, untilAt } = createScheduleRule("30 2 * * *", "Europe/Paris", policy);
    expect({ cron, zone, gap, repeat }).toEqual({
      cron: "30 2 * * *",
      zone: "Europe/Paris",
      gap: "skip",
      repeat: "both",
    });
    expect(new Date(fromAt).toISOString()).toBe("2025-12-31T23:00:00.000Z");
    expect(new Date(untilAt).toISOString()).toBe("2026-12-31T22:59:59.999Z");
  });

  it("fills in what an older version did not write", () => {
    expect(parseSchedulePolicy('{"catchup":"none"}')).toEqual({ ...SCHEDULE_POLICY_DEFAULTS, catchup: "none" });
  });

  it("knows that a zone is the machine's own", () => {
    expect(create({ timezone: "local" }).isZoneLocal).toBe(true);
    const { timezone: _, ...bare } = spec();
    expect(createSchedulePolicy(bare, "Europe/Paris").isZoneLocal).toBe(true);
  });

  it("reads from and until in the zone, or with an offset of their own", () => {
    const fromAt = (from: string) => new Date(create({ from }).fromAt ?? 0).toISOString();
    expect(fromAt("2026-07-01")).toBe("2026-06-30T22:00:00.000Z");
    expect(fromAt("2026-07-01T08:30")).toBe("2026-07-01T06:30:00.000Z");
    expect(fromAt("2026-07-01T08:30:15Z")).toBe("2026-07-01T08:30:15.000Z");
    expect(fromAt("2026-07-01T08:30-05:00")).toBe("2026-07-01T13:30:00.000Z");
    expect(fromAt("2026-03-29T02:30")).toBe("2026-03-29T01:00:00.000Z");
  });

  it.each<[Partial<ScheduleSpec>, RegExp]>([
    [{ catchup: "all" }, /^overlap: expected "allow", "queue" or "cancel" beside catchup: "all", found "skip"/],
    [{ catchup: "all", overlap: "skip" }, /Write overlap: "allow", or catchup: "latest"/],
    [{ from: "2026-02-30" }, /^from: expected a date such as 2026-03-01 or 2026-03-01T08:00, found "2026-02-30"/],
    [{ until: "tomorrow" }, /^until: expected a date/],
    [{ from: "2026-02-01", until: "2026-01-01" }, /^until: expected a time after from/],
    [{ catchupWindowMs: 0 }, /^catchupWindow: expected a duration from 1ms to 3650d, found 0 ms/],
    [{ jitterMs: -1 }, /^jitter: expected a duration/],
    [
      JSON.parse('{ "overlap": "qeue" }'),
      /^overlap: expected skip, queue, cancel, allow, found "qeue"\. Did you mean queue\?/,
    ],
    [JSON.parse('{ "gap": "fill" }'), /^gap: expected shift, skip, found "fill"/],
  ])("refuses %o", (more, message) => {
    expect(() => create(more)).toThrow(expect.objectContaining({ code: "invalid_schedule", exitCode: 2 }));
    expect(() => create(more)).toThrow(message);
  });

  it("accepts catching up all where runs may overlap or queue", () => {
    for (const overlap of ["allow", "queue", "cancel"] as const) {
      expect(create({ catchup: "all", overlap })).toMatchObject({ catchup: "all", overlap });
    }
  });
});
