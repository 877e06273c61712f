import { endActivity } from "./claim.ts";
import { endTask, stopTask, succeedTask } from "./end-task.ts";
import { assertNever } from "./errors.ts";
import { expandMap } from "./expand-map.ts";
import { INTERRUPTIONS_MAX } from "./limits.ts";
import { ENGINE_STOPPED, type Outcome } from "./outcome.ts";
import type { Chance } from "./ports.ts";
import { computeRetryDelayMs } from "./retry-delay.ts";
import { noteFact, noteTask, recordAttempt } from "./run-notes.ts";
import { moveTask, queueReady, type RunState } from "./run-state.ts";
import type { TaskNode } from "./task-node.ts";
import { isStopped } from "./trigger.ts";

/**
 * What an attempt's end means for its task (engine.md 1). The caller has checked that the outcome is of the current
 * attempt. Afterwards `finishTurn` is due, once for the run.
 */
export function settleAttempt(state: RunState, node: TaskNode, outcome: Outcome, now: number, chance: Chance): void {
  endActivity(state, node);
  if ("ranMs" in outcome) noteStart(node, outcome.ranMs, now);
  switch (outcome.kind) {
    case "succeeded":
      if (node.attempt > 1 || outcome.logCut) recordAttempt(state, node, "succeeded", now, outcome);
      return succeedTask(state, node, outcome.output, now);
    case "failed":
      return settleFailure(state, node, outcome, now, chance);
    case "skipped":
      node.reason = "condition";
      return endTask(state, node, "conditionFalse", now);
    case "expanded":
      return expandMap(state, node, outcome.items, outcome.labels, now);
    case "interrupted":
      return interruptTask(state, node, now, outcome.reason);
    case "asks":
      node.attempt--; // asking was not an attempt
      node.step = "body";
      if (state.intent === "cancel") return endTask(state, node, "cancel", now);
      moveTask(state, node, "ask");
      if (isStopped(state, node)) return stopTask(state, node, now);
      state.questions.push({ kind: "task", node, question: outcome.question, verdict: outcome.verdict ?? null });
      return noteTask(state, "task.waiting", node.index);
    case "child":
      if (state.intent === "cancel") return endTask(state, node, "cancel", now);
      node.step = "approved"; // from now on it waits for its child, and a retry does not ask again
      moveTask(state, node, "childStarted");
      if (isStopped(state, node)) return stopTask(state, node, now);
      state.children.push({ node, inputJson: outcome.inputJson, workflow: outcome.workflow });
      return noteTask(state, "task.waiting", node.index);
    default:
      return assertNever(outcome);
  }
}

/** The time that it waited for a worker is none of its own. */
function noteStart(node: TaskNode, ranMs: number | undefined, now: number): void {
  if (ranMs !== undefined) node.startedAt = Math.max(node.startedAt ?? 0, now - ranMs);
}

type Failure = Extract<Outcome, { kind: "failed" }>;

/** An attempt, or the child run of one, has failed: another try, or the end. */
export function settleFailure(
  state: RunState,
  node: TaskNode,
  failure: Omit<Failure, "kind">,
  now: number,
  chance: Chance,
): void {
  if (failure.status === "canceled" && state.intent !== "cancel") return interruptTask(state, node, now, "stopped");
  recordAttempt(state, node, failure.status, now, failure);
  node.interruptions = 0;
  node.tries++;
  if (state.intent === "cancel") return endTask(state, node, "cancel", now);
  if (failure.retryable && mayRetry(state, node)) return retryLater(state, node, failure, now, chance);
  if (failure.status === "timed_out") node.reason = "timeout";
  if (failure.status === "unresponsive") node.reason = "unresponsive";
  endTask(state, node, "fail", now);
}

function mayRetry(state: RunState, node: TaskNode): boolean {
  const { retry } = node.spec;
  return retry !== undefined && node.tries < retry.attempts && !isStopped(state, node);
}

function retryLater(
  state: RunState,
  node: TaskNode,
  failure: Omit<Failure, "kind">,
  now: number,
  chance: Chance,
): void {
  const { retry } = node.spec;
  if (retry === undefined) return;
  const delayMs = Math.max(computeRetryDelayMs(retry, node.tries, chance), failure.retryAfterMs ?? 0);
  node.wakeAt = now + delayMs;
  moveTask(state, node, "retryLater");
  state.newTimers.push(node);
  noteFact(state, "task.retrying", { at: node.wakeAt, error: failure.error.message }, node.index);
}

/** The instant of the next try has come. */
export function wakeTask(state: RunState, node: TaskNode): void {
  node.wakeAt = null;
  moveTask(state, node, "due");
  queueReady(state, node);
}

/**
 * Not the attempt's fault: it begins again without using up a try, also after `onFailure: "stop"`, for it ran then. The
 * sixth time in a row is a crash loop; an engine that stops in order is not a crash.
 */
export function interruptTask(state: RunState, node: TaskNode, now: number, why: string): void {
  if (why !== ENGINE_STOPPED) node.interruptions++;
  recordAttempt(state, node, "interrupted", now, { error: { name: "Interrupted", message: why } });
  if (state.intent === "cancel") return endTask(state, node, "cancel", now);
  if (node.interruptions > INTERRUPTIONS_MAX) {
    node.reason = "crash_loop";
    return endTask(state, node, "fail", now);
  }
  moveTask(state, node, "interrupted");
  noteTask(state, "task.interrupted", node.index);
  queueReady(state, node);
}
