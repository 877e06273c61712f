/**
 * Runs of which something of ours is wrong: each fails alone, and the rest go on (engine.md 5).
 *
 * B1 What is in memory of such a run is never used again; what comes of its attempts is not wanted.
 * B2 It fails once none of its attempts lives, so that nothing runs beside what a retry begins.
 */
import { DatabaseError } from "../core/errors.ts";
import type { RunState } from "../core/run-state.ts";
import { type Rows, saveRun } from "../store/rows.ts";
import type { Dispatcher } from "./dispatcher.ts";
import type { EngineParts } from "./engine-parts.ts";
import { failRun } from "./fail-run.ts";
import type { OwnedRuns } from "./owned-runs.ts";
import type { PlanCache } from "./plan-cache.ts";
import { judgeTrouble } from "./turn-trouble.ts";

export interface BadRunsScope {
  readonly parts: Pick<EngineParts, "store" | "ambient" | "locks">;
  readonly rows: Rows;
  readonly plans: PlanCache;
  readonly owned: OwnedRuns;
  readonly dispatcher: Dispatcher;
}

/** Before a run is failed again that the database had no time or no space for. */
export const FAIL_AGAIN_MS = 1_000;

/** Undoes a transaction that was only to show whether it throws. */
class Undo extends Error {}

export class BadRuns {
  readonly #scope: BadRunsScope;

  constructor(scope: BadRunsScope) {
    this.#scope = scope;
  }

  /** Whose rows cannot be written, of those that a transaction was to write together: each is tried alone, and undone. */
  find(touched: Iterable<RunState>, now: number): number[] {
    return [...touched].filter((state) => this.#isBad(state, now)).map(({ id }) => id);
  }

  /** Its attempts are told to end, and it is read and written no more until it fails. */
  doom(runId: number, error: Error): void {
    const { owned, dispatcher } = this.#scope;
    owned.doom(runId, error);
    dispatcher.cancelRun(runId);
  }

  /** Fails those of which no attempt lives. `later`: the database has no time or no space for it. Throws what else it says. */
  failDead(): "none" | "some" | "later" {
    const { owned, dispatcher } = this.#scope;
    const dead = [...owned.doomed].filter(([runId]) => !dispatcher.hasLive(runId));
    try {
      for (const [runId, error] of dead) this.#fail(runId, error);
    } catch (thrown) {
      const { kind } = judgeTrouble(thrown);
      if (kind !== "busy" && kind !== "full") throw thrown;
      return "later";
    }
    return dead.length > 0 ? "some" : "none";
  }

  #fail(runId: number, error: Error): void {
    const { owned, dispatcher, rows, plans, parts } = this.#scope;
    const scope = { rows, plans, locks: parts.locks, now: () => parts.ambient.clock.now() };
    parts.store.transaction(() => failRun(scope, runId, error));
    owned.doomed.delete(runId);
    dispatcher.forgetRun(runId);
    owned.announce(runId, "failed");
  }

  #isBad(state: RunState, now: number): boolean {
    const { parts, rows } = this.#scope;
    try {
      parts.store.transaction(() => {
        saveRun(rows, state, now);
        throw new Undo();
      });
    } catch (thrown) {
      return !(thrown instanceof Undo || thrown instanceof DatabaseError);
    }
    return false;
  }
}
