import { expect, test } from "vitest";
import { createSimulatedClock } from "../../src/platform/simulated-clock.ts";

test("callbacks fire in the order of their instants, then of their scheduling, each at its own instant", () => {
  const clock = createSimulatedClock(0);
  const fired: [string, number][] = [];
  const note = (name: string) => () => void fired.push([name, clock.now()]);
  clock.schedule(20, note("late"));
  clock.schedule(10, note("first"));
  clock.schedule(10, note("second"));
  clock.schedule(31, note("not yet"));
  clock.advance(30);
  expect(fired).toEqual([
    ["first", 10],
    ["second", 10],
    ["late", 20],
  ]);
  expect(clock.now()).toBe(30);
  expect(clock.waiting()).toBe(1);
});

test("what a callback schedules fires in the same turn when it is due by then", () => {
  const clock = createSimulatedClock(0);
  const firedAt: number[] = [];
  const repeat = () => {
    firedAt.push(clock.now());
    clock.schedule(10, repeat);
  };
  clock.schedule(10, repeat);
  clock.advance(35);
  expect(firedAt).toEqual([10, 20, 30]);
});

test("nothing fires before the clock is turned, and nothing that was canceled", () => {
  const clock = createSimulatedClock(0);
  const fired: string[] = [];
  clock.schedule(0, () => fired.push("at once"));
  const cancel = clock.schedule(0, () => fired.push("canceled"));
  cancel();
  cancel();
  expect(fired).toEqual([]);
  clock.advance(0);
  expect(fired).toEqual(["at once"]);
});

test("it can be turned to the next instant that something waits for", () => {
  const clock = createSimulatedClock(0);
  clock.schedule(86_400_000, () => undefined);
  expect(clock.advanceToNext()).toBe(true);
  expect(clock.now()).toBe(86_400_000);
  expect(clock.advanceToNext()).toBe(false);
});
