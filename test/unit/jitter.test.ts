import { describe, expect, it } from "vitest";
import { getFireAt } from "../../src/schedule/jitter.ts";

const DUE_AT = Date.parse("2026-11-24T02:00:00Z");
const HOUR_MS = 3_600_000;

describe("jitter", () => {
  it("is the same each time for a schedule and an instant, and differs for others", () => {
    const fireAt = getFireAt("backup/0", DUE_AT, HOUR_MS, undefined);
    expect(getFireAt("backup/0", DUE_AT, HOUR_MS, undefined)).toBe(fireAt);
    expect(getFireAt("backup/1", DUE_AT, HOUR_MS, undefined)).not.toBe(fireAt);
    expect(getFireAt("backup/0", DUE_AT + HOUR_MS, HOUR_MS, undefined) - HOUR_MS).not.toBe(fireAt);
  });

  it("spreads schedules evenly over its span", () => {
    const tenths = new Array<number>(10).fill(0);
    for (let index = 0; index < 10_000; index++) {
      const delayMs = getFireAt(`schedule-${index}`, DUE_AT, HOUR_MS, undefined) - DUE_AT;
      const tenth = Math.floor((delayMs / HOUR_MS) * 10);
      tenths[tenth] = (tenths[tenth] ?? 0) + 1;
    }
    expect(tenths).toHaveLength(10);
    for (const count of tenths) expect(Math.abs(count - 1_000)).toBeLessThan(150);
  });

  it("ends before the next slot, and is none without a span", () => {
    for (let index = 0; index < 1_000; index++) {
      const fireAt = getFireAt(`schedule-${index}`, DUE_AT, 24 * HOUR_MS, DUE_AT + 60_000);
      expect(fireAt).toBeGreaterThanOrEqual(DUE_AT);
      expect(fireAt).toBeLessThan(DUE_AT + 60_000);
    }
    expect(getFireAt("backup/0", DUE_AT, 0, DUE_AT + 60_000)).toBe(DUE_AT);
  });
});
