import type { Clock } from "../core/ports.ts";
import type { RunState } from "../core/run-state.ts";
import { DEADLINE, type Due } from "./turn-scope.ts";

/** The timers of an engine: retries that are due later, deadlines, its own pulse. Cleared whole when it stops. */
export class Timers {
  readonly #clock: Clock;
  readonly #cancels = new Set<() => void>();
  /** Of runs, by number: a deadline may be days ahead, and its run long ended. */
  readonly #ofRuns = new Map<number, Set<() => void>>();
  #isClosed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls back once, at the instant or just after it; the function that is returned cancels it. */
  at(instant: number, callback: () => void): () => void {
    if (this.#isClosed) return () => {};
    const cancel = this.#clock.schedule(Math.max(0, instant - this.#clock.now()), () => {
      this.#cancels.delete(cancel);
      callback();
    });
    this.#cancels.add(cancel);
    return () => {
      cancel();
      this.#cancels.delete(cancel);
    };
  }

  after(delayMs: number, callback: () => void): () => void {
    return this.at(this.#clock.now() + delayMs, callback);
  }

  /** The same for a run: canceled when it is forgotten. */
  atOfRun(runId: number, instant: number, callback: () => void): void {
    const timers = this.#ofRuns.get(runId) ?? new Set();
    this.#ofRuns.set(runId, timers);
    const cancel = this.at(instant, () => {
      timers.delete(cancel);
      callback();
    });
    timers.add(cancel);
  }

  /** The run has ended, waits, or belongs to somebody else. */
  forgetRun(runId: number): void {
    for (const cancel of this.#ofRuns.get(runId) ?? []) cancel();
    this.#ofRuns.delete(runId);
  }

  close(): void {
    this.#isClosed = true;
    for (const cancel of this.#cancels) cancel();
    this.#cancels.clear();
  }
}

/**
 * Sets the timers of what a turn has changed: tries that are due later, and the deadline of a run that has begun. Those of
 * a run that is not executed any more are taken away.
 */
export function armTimers(state: RunState, timers: Timers, onDue: (due: Due) => void): void {
  if (state.status !== "running") return timers.forgetRun(state.id);
  const runId = state.id; // and not the state: it would live as long as its longest timer
  const arm = (index: number, at: number): void => timers.atOfRun(runId, at, () => onDue({ runId, index, at }));
  for (const { index, wakeAt } of state.newTimers) if (wakeAt !== null) arm(index, wakeAt);
  state.newTimers = [];
  if (state.deadlineAt === null || state.isDeadlineArmed) return;
  state.isDeadlineArmed = true;
  arm(DEADLINE, state.deadlineAt);
}
