import { assert } from "./errors.ts";
import type { Chance } from "./ports.ts";

export interface RetryDelayPolicy {
  /** Wait after the first failure. */
  readonly backoffMs: number;
  /** By how much the wait grows with each further failure; 1 keeps it. */
  readonly factor: number;
  /** No wait is longer. */
  readonly maxDelayMs: number;
  /** The part of a wait that is left to chance: 0 none, 1 all of it. */
  readonly jitter: number;
}

/**
 * How long to wait after the n-th failure of a task (n from 1) before trying again, in whole milliseconds:
 *
 *     full  = min(maxDelayMs, backoffMs × factor^(n − 1))
 *     delay = full × (1 − jitter × chance)
 *
 * Chance only shortens, so that `maxDelayMs` holds and the longest wait is what the author wrote: jitter 0 is plain exponential
 * backoff, 0.5 "equal jitter" and 1 "full jitter" of Brooker, "Exponential Backoff And Jitter" (AWS, 2015).
 */
export function computeRetryDelayMs(policy: RetryDelayPolicy, failureNumber: number, chance: Chance): number {
  assert(Number.isInteger(failureNumber) && failureNumber >= 1, `failures count from 1, not ${failureNumber}`);
  assert(policy.backoffMs >= 0 && policy.factor >= 1, "a backoff of at least 0 and a factor of at least 1");
  assert(policy.jitter >= 0 && policy.jitter <= 1, `jitter from 0 to 1, not ${policy.jitter}`);
  if (policy.backoffMs === 0) return 0;
  const fullMs = Math.min(policy.maxDelayMs, policy.backoffMs * policy.factor ** (failureNumber - 1));
  return Math.round(fullMs * (1 - policy.jitter * chance()));
}
