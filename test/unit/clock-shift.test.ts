import { describe, expect, it } from "vitest";
import { findClockShift } from "../../src/schedule/clock-shift.ts";

const CURSOR_AT = Date.parse("2026-11-24T12:00:00Z");
const DAY_MS = 86_400_000;

describe("the clock", () => {
  it("may stand still, go on for a year, or go back by a minute", () => {
    for (const shiftMs of [0, 1, 3 * 3_600_000, 30 * DAY_MS, 366 * DAY_MS, -1, -60_000]) {
      expect(findClockShift(CURSOR_AT, CURSOR_AT + shiftMs)).toEqual({ kind: "steady" });
    }
  });

  it("set back by more takes the cursor with it, and rows after it become void", () => {
    const nowAt = CURSOR_AT - 2 * 3_600_000;
    expect(findClockShift(CURSOR_AT, nowAt)).toEqual({
      kind: "setBack",
      cursorAt: nowAt,
      voidAfterAt: nowAt,
      byMs: 2 * 3_600_000,
    });
    expect(findClockShift(CURSOR_AT, CURSOR_AT - 60_001).kind).toBe("setBack");
  });

  it("ahead by more than a year holds the schedule", () => {
    expect(findClockShift(CURSOR_AT, CURSOR_AT + 366 * DAY_MS + 1)).toEqual({ kind: "ahead", byMs: 366 * DAY_MS + 1 });
  });
});
