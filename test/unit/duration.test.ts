import { describe, expect, test } from "vitest";
import { parseDuration, toDurationText } from "../../src/core/duration.ts";
import { formatAge, formatDuration, formatSpan } from "../../src/core/duration-format.ts";
import { InvalidDefinitionError } from "../../src/core/errors.ts";

const EXPECTED = "expected a duration such as 30s, 5m or 2h, found";

describe("parseDuration", () => {
  test.each([
    ["500ms", 500],
    ["30s", 30_000],
    ["5m", 300_000],
    ["2h", 7_200_000],
    ["7d", 604_800_000],
    ["0s", 0],
    ["3650d", 315_360_000_000],
  ])("reads %s", (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  test.each([
    [30, "30 (a number). Did you mean 30s?"],
    [0, "0 (a number)"],
    [-1, "-1 (a number)"],
    ["30", '"30". Did you mean 30s?'],
    ["1h30m", '"1h30m". Did you mean 90m?'],
    ["1.5h", '"1.5h". Did you mean 90m?'],
    ["5 minutes", '"5 minutes". Did you mean 5m?'],
    ["10 Secs", '"10 Secs". Did you mean 10s?'],
    ["2w", '"2w". Did you mean 14d?'],
    [" 30s", '" 30s". Did you mean 30s?'],
    ["soon", '"soon"'],
    ["", '""'],
    ["-5s", '"-5s"'],
    ["5constructor", '"5constructor"'],
    [null, "nothing"],
    [undefined, "nothing"],
    [true, "true (a boolean)"],
    [["30s"], "a list"],
    [{ s: 1 }, "a value of type object"],
  ])("refuses %j and says what was meant", (value, found) => {
    expect(() => parseDuration(value)).toThrow(
      new InvalidDefinitionError(`${EXPECTED} ${found}`, { code: "invalid_duration" }),
    );
  });

  test("refuses more than ten years", () => {
    expect(() => parseDuration("3651d")).toThrow("expected a duration of at most 3650d, found 3651d");
    expect(() => parseDuration("9".repeat(400))).toThrow(`${EXPECTED} "${"9".repeat(40)}…"`);
  });

  test("does not hang on a hostile text", () => {
    expect(() => parseDuration(`${"1 ".repeat(100_000)}!`)).toThrow(EXPECTED);
    expect(() => parseDuration(`${"1".repeat(39)}!`)).toThrow(EXPECTED);
  });
});

describe("durations for people", () => {
  test.each([
    [0, "0ms"],
    [45.4, "45ms"],
    [96, "0.1s"],
    [1_000, "1.0s"],
    [4_949, "4.9s"],
    [5_999, "6s"],
    [41_200, "41s"],
    [59_600, "1m00"],
    [252_000, "4m12"],
    [363_000, "6m03"],
    [3_599_600, "1h"],
    [69_120_000, "19h 12m"],
    [86_400_000, "1d"],
    [183_600_000, "2d 3h"],
    [-5, "0ms"],
  ])("formatDuration(%d) is %s", (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  test.each([
    [0, "0s"],
    [41_999, "41s"],
    [2_880_000, "48m"],
    [71_000_000, "19h"],
    [172_800_000, "2d"],
    [-1, "0s"],
  ])("formatAge(%d) is %s", (ms, text) => {
    expect(formatAge(ms)).toBe(text);
  });

  test.each([
    [4, "0.0 s"],
    [2_000, "2.0 s"],
    [41_240, "41.2 s"],
    [59_960, "1m00"],
  ])("formatSpan(%d) is %s", (ms, text) => {
    expect(formatSpan(ms)).toBe(text);
  });

  test("toDurationText takes the largest unit that fits", () => {
    expect([0, 1, 1_500, 90_000, 60_000, 5_400_000, 172_800_000].map(toDurationText)).toEqual([
      "0ms",
      "1ms",
      "1500ms",
      "90s",
      "1m",
      "90m",
      "2d",
    ]);
  });
});
