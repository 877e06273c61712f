import { OUTCOMES_PER_TRANSACTION } from "../core/limits.ts";
import type { Arrival } from "./dispatcher.ts";
import type { Submission } from "./submission.ts";
import type { Batch, Due, Pending } from "./turn-scope.ts";

export function countBatch({ submissions, takeUps, arrivals, due }: Batch): number {
  return submissions.length + takeUps.length + arrivals.length + due.length;
}

/** The runs that the outcomes and the timers of a batch are of. */
export function listRunIds({ arrivals, due }: Batch): number[] {
  return [...new Set([...arrivals.map(({ ticket }) => ticket.runId), ...due.map(({ runId }) => runId)])];
}

/**
 * What waits for the next turn.
 *
 * I1 (L2 of the design) What was taken out comes back by `putBack`, unless its transaction has committed.
 */
export class Inbox {
  #submissions: Pending<Submission>[] = [];
  #takeUps: Pending<number>[] = [];
  #arrivals: Arrival[] = [];
  #due: Due[] = [];
  #hasRequests = false;

  get isEmpty(): boolean {
    const count = this.#submissions.length + this.#takeUps.length + this.#arrivals.length + this.#due.length;
    return count === 0 && !this.#hasRequests;
  }

  /** What was asked for and not begun. */
  get waitingCount(): number {
    return this.#submissions.length + this.#takeUps.length;
  }

  addSubmission(submission: Pending<Submission>): void {
    this.#submissions.push(submission);
  }

  /** Before all others: for who waits for it in this very turn. `removeSubmission` takes it back where it was not begun. */
  addUrgent(submission: Pending<Submission>): void {
    this.#submissions.unshift(submission);
  }

  removeSubmission(submission: Pending<Submission>): void {
    this.#submissions = this.#submissions.filter((each) => each !== submission);
  }

  addTakeUp(takeUp: Pending<number>): void {
    this.#takeUps.push(takeUp);
  }

  addArrival(arrival: Arrival): void {
    this.#arrivals.push(arrival);
  }

  addDue(due: Due): void {
    this.#due.push(due);
  }

  get arrivalCount(): number {
    return this.#arrivals.length;
  }

  noteRequests(): void {
    this.#hasRequests = true;
  }

  /** Takes the next batch. With `isCareful` one thing at a time, so that a bad one fails alone. */
  take(isCareful: boolean): Batch {
    let left = isCareful ? 1 : 4 * OUTCOMES_PER_TRANSACTION;
    const takeOf = <T>(queue: T[]): T[] => {
      const taken = queue.splice(0, Math.min(left, OUTCOMES_PER_TRANSACTION));
      left -= taken.length;
      return taken;
    };
    const batch = {
      submissions: takeOf(this.#submissions),
      takeUps: takeOf(this.#takeUps),
      arrivals: takeOf(this.#arrivals),
      due: takeOf(this.#due),
      hasRequests: this.#hasRequests,
    };
    this.#hasRequests = false;
    return batch;
  }

  putBack(batch: Batch): void {
    this.#submissions.unshift(...batch.submissions);
    this.#takeUps.unshift(...batch.takeUps);
    this.#arrivals.unshift(...batch.arrivals);
    this.#due.unshift(...batch.due);
    this.#hasRequests ||= batch.hasRequests;
  }

  /** Refuses all that was not begun: the engine stops. */
  refuseAll(error: Error): void {
    for (const pending of [...this.#submissions, ...this.#takeUps]) pending.reject(error);
    this.#submissions = [];
    this.#takeUps = [];
  }
}
