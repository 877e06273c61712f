import { expect, test } from "vitest";
import { Timers } from "../../src/engine/timers.ts";
import { ManualClock } from "../support/manual-clock.ts";

test("the timers of a run end with it, those of others go on", () => {
  const clock = new ManualClock();
  const timers = new Timers(clock);
  const called: string[] = [];
  for (let run = 1; run <= 1_000; run++) {
    timers.atOfRun(run, clock.now() + 86_400_000, () => called.push(`deadline ${run}`));
    timers.forgetRun(run);
  }
  expect(clock.pending).toBe(0);
  timers.atOfRun(1_001, clock.now() + 50, () => called.push("retry"));
  timers.atOfRun(1_001, clock.now() + 100, () => called.push("deadline"));
  timers.forgetRun(1);
  clock.advance(60);
  timers.forgetRun(1_001);
  clock.advance(60);
  expect(called).toEqual(["retry"]);
});
