import { expect, test } from "vitest";
import { computeRetryDelayMs } from "../../src/core/retry-delay.ts";

const PLAIN = { backoffMs: 1_000, factor: 2, maxDelayMs: 60_000, jitter: 0 };
const never = (): number => 0;
const almostOne = (): number => 1 - Number.EPSILON;

test("each further failure waits longer by the factor, up to the longest wait", () => {
  const delays = [1, 2, 3, 6, 7, 100, 5_000].map((failure) => computeRetryDelayMs(PLAIN, failure, almostOne));
  expect(delays).toEqual([1_000, 2_000, 4_000, 32_000, 60_000, 60_000, 60_000]);
});

test("a factor of 1 keeps the wait, a backoff of 0 is no wait", () => {
  expect(computeRetryDelayMs({ ...PLAIN, factor: 1 }, 50, never)).toBe(1_000);
  expect(computeRetryDelayMs({ ...PLAIN, backoffMs: 0 }, 5_000, never)).toBe(0);
});

test("jitter shortens the wait by at most its part, and never lengthens it", () => {
  const half = { ...PLAIN, jitter: 0.5 };
  expect(computeRetryDelayMs(half, 1, never)).toBe(1_000);
  expect(computeRetryDelayMs(half, 1, () => 0.5)).toBe(750);
  expect(computeRetryDelayMs(half, 1, almostOne)).toBe(500);
  expect(computeRetryDelayMs({ ...PLAIN, jitter: 1 }, 1, almostOne)).toBe(0);
});

test("the 0th failure, a shrinking factor and a jitter above 1 are errors of programming", () => {
  expect(() => computeRetryDelayMs(PLAIN, 0, never)).toThrow("failures count from 1, not 0");
  expect(() => computeRetryDelayMs({ ...PLAIN, factor: 0.5 }, 1, never)).toThrow("factor of at least 1");
  expect(() => computeRetryDelayMs({ ...PLAIN, jitter: 1.5 }, 1, never)).toThrow("jitter from 0 to 1, not 1.5");
});
