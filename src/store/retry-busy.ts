import type { Clock } from "../core/ports.ts";
import { isBusy } from "./translate-sqlite-error.ts";

/** Between two tries. SQLite's own busy handler backs off and starves beside a busy engine; this finds its gaps. */
const PAUSE_MS = 0.3;
/** Longest wait for other writers, unless the caller says more. */
const WAIT_DEFAULT_MS = 10_000;

const cell = new Int32Array(new SharedArrayBuffer(4));

/**
 * Calls `attempt` until it does something else than throw BUSY: each 0.3 ms, for 10 s, then the BUSY is thrown.
 * Between two tries the event loop has its turn, so that a terminal stays alive; timers cannot be as short as this.
 * The tries are counted, too: under a simulated clock the wait must end as well.
 */
export async function retryBusy<T>(clock: Clock, attempt: () => T, waitMs = WAIT_DEFAULT_MS): Promise<T> {
  const endsAt = clock.now() + waitMs;
  for (let triesLeft = Math.ceil(waitMs / PAUSE_MS); ; triesLeft -= 1) {
    try {
      return attempt();
    } catch (error) {
      if (!isBusy(error) || triesLeft <= 0 || clock.now() >= endsAt) throw error;
    }
    Atomics.wait(cell, 0, 0, PAUSE_MS);
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}

/** Each waits 20 ms for another writer (the engine's busy timeout): 5 s in all. */
const TRIES_NOW_MAX = 250;

/** The same for who cannot await, on an engine's connection; holds the event loop meanwhile. */
export function retryBusyNow<T>(attempt: () => T): T {
  for (let triesLeft = TRIES_NOW_MAX; ; triesLeft -= 1) {
    try {
      return attempt();
    } catch (error) {
      if (!isBusy(error) || triesLeft <= 1) throw error;
    }
  }
}
