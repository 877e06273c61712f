import type { Ambient } from "../core/ports.ts";
import { admit } from "../engine/admit.ts";
import type { PlanCache } from "../engine/plan-cache.ts";
import { type Submission, submitQueuedRun } from "../engine/submission.ts";
import type { Pending } from "../engine/turn-scope.ts";
import type { Store } from "../store/open-store.ts";
import { retryBusy, retryBusyNow } from "../store/retry-busy.ts";
import { getRows } from "../store/rows.ts";

/** Writers beside an engine keep their transactions short. */
const RUNS_PER_TRANSACTION = 500;

/**
 * Submissions of a process that does not execute: runs are queued, for any engine that knows their workflow.
 *
 * Owns: what waits for the next transaction. All that is asked for in one turn of the event loop shares one, and one that
 * is refused (a key that conflicts) does not stop the rest.
 */
export class SubmitQueue {
  readonly #store: Store;
  readonly #plans: PlanCache;
  readonly #ambient: Ambient;
  #waiting: Pending<Submission>[] = [];

  constructor(store: Store, plans: PlanCache, ambient: Ambient) {
    this.#store = store;
    this.#plans = plans;
    this.#ambient = ambient;
  }

  submit(submission: Submission): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ value: submission, resolve, reject });
      if (this.#waiting.length === 1) setImmediate(() => void this.#flush());
    });
  }

  submitNow(submission: Submission): number {
    return retryBusyNow(() => this.#transact(() => this.#insert(submission)));
  }

  async #flush(): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (let at = 0; at < waiting.length; at += RUNS_PER_TRANSACTION) {
      await this.#write(waiting.slice(at, at + RUNS_PER_TRANSACTION));
    }
  }

  async #write(batch: readonly Pending<Submission>[]): Promise<void> {
    try {
      const answers = await retryBusy(this.#ambient.clock, () => this.#transact(() => this.#admitAll(batch)));
      for (const answer of answers) answer();
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }

  /** What it has put into the cache of plans is there only if it was committed (plan-cache.ts, P1). */
  #transact<T>(work: () => T): T {
    try {
      const done = this.#store.transaction(work);
      this.#plans.confirmCommitted();
      return done;
    } catch (error) {
      this.#plans.forgetUncommitted();
      throw error;
    }
  }

  #admitAll(batch: readonly Pending<Submission>[]): (() => void)[] {
    const answers: (() => void)[] = [];
    for (const pending of batch) admit(pending, answers, () => this.#insert(pending.value));
    return answers;
  }

  #insert(submission: Submission): number {
    const { clock, newUid } = this.#ambient;
    return submitQueuedRun(getRows(this.#store), this.#plans, submission, newUid, clock.now());
  }
}
