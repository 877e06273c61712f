import fc from "fast-check";
import { expect, test } from "vitest";
import { DURATION_MAX_MS, parseDuration, toDurationText } from "../../src/core/duration.ts";
import { formatDuration } from "../../src/core/duration-format.ts";

test("what toDurationText writes, parseDuration reads as the same milliseconds", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: DURATION_MAX_MS }), (ms) => {
      expect(parseDuration(toDurationText(ms))).toBe(ms);
    }),
  );
});

test("formatDuration never shows more than 60 seconds or minutes, and stays short", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 99 * 86_400_000 }), (ms) => {
      const text = formatDuration(ms);
      expect(text.length).toBeLessThanOrEqual(7);
      expect(text).toMatch(
        /^(\d\dms|\dms|[0-4]\.\ds|[1-5]?\ds|[1-5]?\dm[0-5]\d|[12]?\dh( [1-5]?\dm)?|\d+d( [12]?\dh)?)$/,
      );
    }),
  );
});

test("a wrong text is refused with an error of ours, never with another", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.anything()), (value) => {
      fc.pre(!(typeof value === "string" && /^\d+(ms|s|m|h|d)$/.test(value)));
      expect(() => parseDuration(value)).toThrow(/^expected a duration/);
    }),
  );
});
