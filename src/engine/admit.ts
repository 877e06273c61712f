import type { Pending } from "./turn-scope.ts";
import { isRefusal } from "./turn-trouble.ts";

/**
 * Does one of the things that a transaction was asked for; `answers` is what to call once that has committed. One that is
 * refused (a key that conflicts, a run that others own) does not stop the rest; it has written nothing.
 */
export function admit(pending: Pending<unknown>, answers: (() => void)[], work: () => number): void {
  try {
    const runId = work();
    answers.push(() => pending.resolve(runId));
  } catch (error) {
    if (!isRefusal(error)) throw error;
    answers.push(() => pending.reject(error));
  }
}
