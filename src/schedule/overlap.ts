import { assertNever } from "../core/errors.ts";
import type { PendingReason } from "../core/slot-status.ts";
import type { OverlapPolicy, WaitingPolicy } from "./schedule-policy.ts";

/**
 * The run of an earlier slot of the same schedule: none that is unfinished; one that is queued, running or paused; or
 * one that waits at a checkpoint. Of several unfinished ones, `active` counts before `waiting`.
 */
export type Predecessor = "none" | "active" | "waiting";

/**
 * What becomes of a slot at its time to fire (schedules.md, rule 6).
 * - `fire`: start its run now.
 * - `skip`: the row ends as skipped, with the reason.
 * - `pending`: the row waits. It replaces an older pending row of this schedule, which ends as skipped (superseded).
 * - `cancel`: cancel the predecessor; the row is pending until it is dead.
 * - `supersede`: cancel the predecessor, which has nothing running, and start the slot's run in the same transaction.
 */
export type OverlapDecision =
  | { readonly kind: "fire" }
  | { readonly kind: "skip"; readonly reason: "overlap" }
  | { readonly kind: "pending"; readonly reason: PendingReason }
  | { readonly kind: "cancel"; readonly reason: "cancel" }
  | { readonly kind: "supersede" };

export interface OverlapPolicies {
  readonly overlap: OverlapPolicy;
  readonly whileWaiting: WaitingPolicy;
}

/** Decides a slot that is due, or whose jitter has passed. */
export function decideOverlap(policies: OverlapPolicies, predecessor: Predecessor): OverlapDecision {
  if (predecessor === "none") return { kind: "fire" };
  return predecessor === "active" ? decideBesideActive(policies.overlap) : decideBesideWaiting(policies.whileWaiting);
}

/**
 * Decides a row that is pending for `queue`, `hold` or `cancel`, when its predecessor has changed. A held one goes on
 * waiting when the predecessor was decided and works again, unless overlap is allowed: a run that a person has just
 * approved is not canceled by a slot that was due before.
 */
export function decidePending(
  policies: OverlapPolicies,
  reason: Exclude<PendingReason, "jitter">,
  predecessor: Predecessor,
): OverlapDecision {
  if (predecessor === "none") return { kind: "fire" };
  if (reason === "hold" && predecessor === "active" && policies.overlap === "allow") return { kind: "fire" };
  return { kind: "pending", reason };
}

function decideBesideActive(overlap: OverlapPolicy): OverlapDecision {
  switch (overlap) {
    case "skip":
      return { kind: "skip", reason: "overlap" };
    case "queue":
      return { kind: "pending", reason: "queue" };
    case "cancel":
      return { kind: "cancel", reason: "cancel" };
    case "allow":
      return { kind: "fire" };
    default:
      return assertNever(overlap);
  }
}

function decideBesideWaiting(whileWaiting: WaitingPolicy): OverlapDecision {
  switch (whileWaiting) {
    case "hold":
      return { kind: "pending", reason: "hold" };
    case "queue":
      return { kind: "pending", reason: "queue" };
    case "supersede":
      return { kind: "supersede" };
    default:
      return assertNever(whileWaiting);
  }
}
