import { EventEmitter } from "node:events";
import { expect, test, vi } from "vitest";
import { createInterrupts } from "../../src/cli/interrupts.ts";

function setUp() {
  const signals = new EventEmitter();
  const ended = vi.fn();
  return { signals, ended, onInterrupt: createInterrupts(signals, ended) };
}

test("each signal calls back until the listener is taken away", () => {
  const { signals, onInterrupt, ended } = setUp();
  const heard = vi.fn();
  const release = onInterrupt(heard);
  for (const signal of ["SIGHUP", "SIGINT", "SIGTERM"]) signals.emit(signal);
  release();
  signals.emit("SIGINT");
  expect(heard).toHaveBeenCalledTimes(3);
  expect(ended).not.toHaveBeenCalled();
});

test("a closed terminal is one wish, however often it is told", () => {
  const { signals, onInterrupt } = setUp();
  const heard = vi.fn();
  onInterrupt(heard);
  for (const signal of ["SIGHUP", "SIGHUP"]) signals.emit(signal);
  expect(heard).toHaveBeenCalledTimes(1);
  signals.emit("SIGTERM");
  expect(heard).toHaveBeenCalledTimes(2);
});

test("a signal between two listeners is told to the second, once", async () => {
  const { signals, onInterrupt } = setUp();
  onInterrupt(() => {})();
  signals.emit("SIGINT");
  const heard = vi.fn();
  const release = onInterrupt(heard);
  await Promise.resolve();
  expect(heard).toHaveBeenCalledTimes(1);
  release();
  const later = vi.fn();
  onInterrupt(later);
  await Promise.resolve();
  expect(later).not.toHaveBeenCalled();
});

test("where nobody listens any more, a second signal ends the process at once, and one alone after a second", () => {
  vi.useFakeTimers();
  try {
    const { signals, onInterrupt, ended } = setUp();
    onInterrupt(() => {})();
    signals.emit("SIGINT");
    expect(ended).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1_000);
    expect(ended).toHaveBeenCalledTimes(1);
    signals.emit("SIGINT");
    expect(ended).toHaveBeenCalledTimes(2);
  } finally {
    vi.useRealTimers();
  }
});
