/**
 * A clock that stands still until a test turns it.
 *
 * Owns: its instant and the callbacks that wait for one. Invariants: C1 callbacks fire in order of their instants, then
 * of their scheduling, and `now()` is then their instant; C2 what is scheduled while it turns fires in the same turn if
 * it is due; C3 nothing fires inside of `schedule`.
 */
import { assert } from "../core/errors.ts";
import type { Clock } from "../core/ports.ts";

export interface SimulatedClock extends Clock {
  /** Moves on by so much and calls what is due by then. */
  advance(ms: number): void;
  /** Moves on to the next instant that something waits for; false when nothing does. */
  advanceToNext(): boolean;
  /** The next instant that something waits for. */
  nextAt(): number | undefined;
  /** How many callbacks wait. A test that ends with some has leaked them. */
  waiting(): number;
}

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly callback: () => void;
}

/** Monday, 2024-01-01 00:00 UTC: a round instant that no time zone changes its clocks at. */
const START_DEFAULT_AT = 1_704_067_200_000;

export function createSimulatedClock(startAt = START_DEFAULT_AT): SimulatedClock {
  const timers = new Set<Timer>();
  let nowAt = startAt;
  let order = 0;

  function findNext(untilAt: number): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of timers) {
      if (timer.at > untilAt) continue;
      if (next === undefined || timer.at < next.at || (timer.at === next.at && timer.order < next.order)) next = timer;
    }
    return next;
  }

  function advanceTo(untilAt: number): void {
    for (let timer = findNext(untilAt); timer !== undefined; timer = findNext(untilAt)) {
      timers.delete(timer);
      nowAt = Math.max(nowAt, timer.at); // C1
      timer.callback(); // C2: findNext sees what it scheduled
    }
    nowAt = Math.max(nowAt, untilAt);
  }

  return {
    now: () => nowAt,
    schedule(delayMs, callback) {
      const timer = { at: nowAt + Math.max(delayMs, 0), order: order++, callback };
      timers.add(timer); // C3
      return () => void timers.delete(timer);
    },
    advance(ms) {
      assert(ms >= 0, "a clock is not turned back");
      advanceTo(nowAt + ms);
    },
    advanceToNext() {
      const next = findNext(Number.POSITIVE_INFINITY);
      if (next === undefined) return false;
      advanceTo(next.at);
      return true;
    },
    nextAt: () => findNext(Number.POSITIVE_INFINITY)?.at,
    waiting: () => timers.size,
  };
}
