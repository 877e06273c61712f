/** How attempts end whose worker was ended, or died. */

import type { SecretMasker } from "../core/secret-masker.ts";
import { getAbortReason } from "./attempt-limits.ts";
import { describeDeath, type KillReason, OUT_OF_MEMORY } from "./describe-death.ts";
import { createCanceled, createTimeout, type FailedOutcome } from "./failed-outcome.ts";
import { findMasker } from "./given-secrets.ts";
import type { HeldAttempt } from "./held-attempt.ts";
import { measureLog } from "./log-file.ts";
import type { ProgramOutcome } from "./program-host.ts";
import { LAST_WORDS_CHARS, type WorkerDeath } from "./worker-link.ts";

export const STOPPED: ProgramOutcome = { kind: "interrupted", reason: "the engine stopped" };
/** It is not known to be the reason: it is run again by itself, so that the one that is fails by itself. */
export const WORKER_DIED: ProgramOutcome = { kind: "interrupted", reason: "worker died" };

/** Signals that others send: a person, a service manager, the kernel for want of memory. */
const SENT_BY_OTHERS: readonly (string | null)[] = ["SIGKILL", "SIGTERM", "SIGINT", "SIGHUP"];

/** It was the only one in its worker when that died. Killed by others it is run again first, in a worker of its own. */
export function endCrashed(
  { assignment }: HeldAttempt,
  death: WorkerDeath,
  killed: KillReason | undefined,
): ProgramOutcome {
  const isByOthers = killed === undefined && death.fatal === undefined && SENT_BY_OTHERS.includes(death.signal);
  if (isByOthers && !assignment.alone && !OUT_OF_MEMORY.test(death.lastWords)) return WORKER_DIED;
  return describeDeath(maskWords(death, findMasker(assignment)), killed, measureLog(assignment.logPath));
}

/** Before anything of it is cut out: half a secret would not be known any more. */
function maskWords(death: WorkerDeath, masker: SecretMasker | undefined): WorkerDeath {
  if (masker === undefined) return death;
  const { lastWords } = death;
  // Where its begin was dropped, its first line is not whole.
  const whole = lastWords.length < LAST_WORDS_CHARS ? lastWords : lastWords.split("\n").slice(1).join("\n");
  return { ...death, lastWords: masker.mask(whole) };
}

/** It ignored its signal, but its process was its own: it is dead, and may be tried again. */
export function endKilled({ assignment, signal }: HeldAttempt, outcome: FailedOutcome): ProgramOutcome {
  const traces = measureLog(assignment.logPath);
  if (signal.aborted) return getAbortReason(signal) === "stop" ? STOPPED : createCanceled(traces);
  return assignment.spec.timeoutMs === undefined
    ? outcome
    : createTimeout(assignment.spec.timeoutMs, " and ignored its signal; its process was ended", traces);
}

export function endAborted({ assignment, signal }: HeldAttempt, stops: boolean): ProgramOutcome {
  if (stops || getAbortReason(signal) === "stop") return STOPPED;
  return createCanceled(measureLog(assignment.logPath));
}
