import { expect, test, vi } from "vitest";
import { EngineClock } from "../../src/runners/engine-clock.ts";

const DAY_MS = 86_400_000;

test("a timeout of a month is a month in a worker, too, and can be canceled after 25 days", () => {
  vi.useFakeTimers();
  try {
    const clock = new EngineClock();
    const [called, canceled] = [vi.fn(), vi.fn()];
    clock.schedule(30 * DAY_MS, called);
    const cancel = clock.schedule(30 * DAY_MS, canceled);
    vi.advanceTimersByTime(29 * DAY_MS);
    expect(called).not.toHaveBeenCalled();
    cancel();
    vi.advanceTimersByTime(DAY_MS);
    expect([called.mock.calls.length, canceled.mock.calls.length]).toEqual([1, 0]);
  } finally {
    vi.useRealTimers();
  }
});
