import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { systemClock } from "../../src/platform/clock.ts";

const CLOCK = join(import.meta.dirname, "../../src/platform/clock.ts");

test("a timer calls once, unless it was canceled", async () => {
  const canceled = vi.fn();
  const cancel = systemClock.schedule(1, canceled);
  cancel();
  cancel();
  await new Promise<void>((resolve) => systemClock.schedule(5, resolve));
  expect(canceled).not.toHaveBeenCalled();
});

test("a wait of a month does not fire at once, as a bare timer of Node does", () => {
  vi.useFakeTimers();
  try {
    const dueAt = Date.now() + 30 * 86_400_000;
    const called = vi.fn(() => Date.now());
    systemClock.schedule(30 * 86_400_000, called);
    vi.advanceTimersByTime(29 * 86_400_000);
    expect(called).not.toHaveBeenCalled();
    vi.advanceTimersByTime(2 * 86_400_000);
    expect(called).toHaveReturnedWith(dueAt);
  } finally {
    vi.useRealTimers();
  }
});

test("a timer keeps no process alive", () => {
  const script = `import { systemClock } from ${JSON.stringify(CLOCK)}; systemClock.schedule(60_000, () => {});`;
  const { status, signal } = spawnSync(process.execPath, ["--input-type=module", "-e", script], { timeout: 20_000 });
  expect({ status, signal }).toEqual({ status: 0, signal: null });
});
