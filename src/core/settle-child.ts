import { unlinkChild } from "./child-link.ts";
import { endTask, succeedTask } from "./end-task.ts";
import type { ErrorValue } from "./errors.ts";
import type { Chance } from "./ports.ts";
import { recordAttempt } from "./run-notes.ts";
import type { RunState } from "./run-state.ts";
import { settleFailure } from "./settle-attempt.ts";
import type { TaskNode } from "./task-node.ts";

/** How a child run ended, as its parent's task sees it. */
export type ChildEnd =
  /** JSON of its result; null: none. */
  | { readonly kind: "succeeded"; readonly output: string | null }
  /** `retryable` false: another run of it would end the same, or somebody did not want it. */
  | { readonly kind: "failed"; readonly error: ErrorValue; readonly retryable: boolean };

/**
 * What a child run's end means for the task that waits for it (engine.md 1): its result is the task's output, its
 * failure an attempt that failed. Afterwards `finishTurn` is due.
 */
export function settleChild(state: RunState, node: TaskNode, end: ChildEnd, now: number, chance: Chance): void {
  unlinkChild(state, node);
  if (end.kind === "failed") {
    return settleFailure(state, node, { ...end, status: "failed" }, now, chance);
  }
  if (node.attempt > 1) recordAttempt(state, node, "succeeded", now);
  succeedTask(state, node, end.output, now);
}

/** Tasks whose child will not be heard of again: the run ends without them. */
export function cancelChildTasks(state: RunState, now: number): void {
  for (const node of [...state.childNodes]) {
    unlinkChild(state, node);
    endTask(state, node, "cancel", now);
  }
}
