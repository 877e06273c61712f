import { expect, test } from "vitest";
import { LookLoop } from "../../src/engine/look-loop.ts";
import { ManualClock } from "../support/manual-clock.ts";
import { takeTurns } from "../support/test-engine.ts";

test("what is wrong when it asks for the next instant is told like what a look throws, and ends no process", async () => {
  const clock = new ManualClock();
  const fatal: unknown[] = [];
  let isBroken = false;
  const broken = new Error("disk I/O error");
  const loop = new LookLoop({
    clock,
    look: async () => {
      isBroken = true;
    },
    findWaitMs: () => {
      if (isBroken) throw broken;
      return undefined;
    },
    onPassing: () => {},
    onFatal: (error) => fatal.push(error),
  });
  loop.start();
  clock.advance(1_000);
  await takeTurns(3);
  await loop.stop();
  expect([fatal, clock.pending]).toEqual([[broken], 0]);
});
