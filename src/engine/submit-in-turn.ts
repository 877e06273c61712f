import { DatabaseError } from "../core/errors.ts";
import { RunLostError } from "../store/run-writes.ts";
import { isBusy } from "../store/translate-sqlite-error.ts";
import type { Loop } from "./loop.ts";
import type { Submission } from "./submission.ts";

/** Each waits 20 ms for another writer (the engine's busy timeout): 5 s in all. */
const TRIES_MAX = 250;

/**
 * Starts a run in a turn of its own, now: for who cannot await. Beside another writer it tries again, and holds the event
 * loop meanwhile.
 * @throws what refuses the submission, or what the transaction threw: nothing was started then.
 */
export function submitInTurn(loop: Loop, submission: Submission): number {
  let runId: number | undefined;
  let refusal: unknown;
  const pending = {
    value: submission,
    resolve: (id: number): void => {
      runId = id;
    },
    reject: (error: unknown): void => {
      refusal = error;
    },
  };
  for (let triesLeft = TRIES_MAX; ; triesLeft--) {
    loop.inbox.addUrgent(pending);
    const thrown = loop.turn();
    if (runId !== undefined) return runId;
    if (refusal !== undefined) throw refusal;
    loop.inbox.removeSubmission(pending);
    const isOver = thrown instanceof DatabaseError && !isBusy(thrown) && !(thrown instanceof RunLostError);
    if (triesLeft <= 1 || isOver) throw thrown;
  }
}
