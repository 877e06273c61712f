import { expect, test } from "vitest";
import { measureRestMs, type TimedAttempt } from "../../src/views/rest-time.ts";

const attempt = (taskId: number, startedAt: number, finishedAt: number, more: Partial<TimedAttempt> = {}) => ({
  ...{ taskId, generation: 0, status: "succeeded", startedAt, finishedAt, waitMaxMs: 1_000 },
  ...more,
});

test("the time between a failure and its retry is the run's rest, whatever was kept", () => {
  const attempts = [
    attempt(1, 0, 100),
    attempt(2, 100, 200, { status: "failed" }),
    attempt(2, 5_000, 5_100, { generation: 1 }),
  ];
  expect(measureRestMs(attempts)).toBe(4_800);
});

test("a try that comes later than the task's own retry can be was a person's", () => {
  const failed = attempt(1, 0, 100, { status: "failed" });
  expect(measureRestMs([failed, attempt(1, 5_000, 5_100)])).toBe(4_900);
  expect(measureRestMs([failed, attempt(1, 200, 300, { waitMaxMs: 0 })])).toBe(100);
});

test("so is the time between an interruption and its resume", () => {
  expect(measureRestMs([attempt(1, 0, 100, { status: "interrupted" }), attempt(1, 900, 1_000)])).toBe(800);
});

test("a wait between the tries of a task, and one for a person, is the run's own time", () => {
  expect(measureRestMs([attempt(1, 0, 100, { status: "failed" }), attempt(1, 900, 1_000)])).toBe(0);
  expect(measureRestMs([attempt(1, 0, 100), attempt(2, 900, 1_000)])).toBe(0);
});

test("while others are at work, nothing rests", () => {
  const attempts = [attempt(1, 0, 2_000), attempt(2, 0, 100, { status: "interrupted" }), attempt(2, 900, 1_000)];
  expect(measureRestMs(attempts)).toBe(0);
  expect(measureRestMs([])).toBe(0);
});
