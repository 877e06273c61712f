import { assert } from "./errors.ts";
import type { RunState } from "./run-state.ts";
import { isFinalRun, type RunStatus } from "./run-status.ts";
import type { TaskNode } from "./task-node.ts";

/**
 * What a run in memory knows of the runs that its tasks wait for. A task of the kind `child` that waits and whose step is
 * `approved` has a child run; one whose step is `body` waits at its checkpoint.
 */

export function linkChild(state: RunState, node: TaskNode, runId: number, status: RunStatus): void {
  assert(node.childRun === null, `run ${state.id} task ${node.index}: a second child`);
  node.childRun = { runId, isAtRest: isRunAtRest(status) };
  state.childNodes.add(node);
  if (!node.childRun.isAtRest) state.childrenActive++;
}

/** The child's end is about to be settled, or is not waited for any more. */
export function unlinkChild(state: RunState, node: TaskNode): void {
  if (node.childRun === null) return;
  if (!node.childRun.isAtRest) state.childrenActive--;
  node.childRun = null;
  state.childNodes.delete(node);
}

/** Notes the status of a child that is not final. True where that changes whether something of it goes on. */
export function noteChildStatus(state: RunState, node: TaskNode, status: RunStatus): boolean {
  const link = node.childRun;
  const isAtRest = isRunAtRest(status);
  if (link === null || link.isAtRest === isAtRest) return false;
  node.childRun = { runId: link.runId, isAtRest };
  state.childrenActive += isAtRest ? -1 : 1;
  return true;
}

/** True for a task that was handed to a child run: a row does not say which, `run.parent_task_id` does. */
export function awaitsChild(node: TaskNode): boolean {
  return node.spec.kind === "child" && node.status === "waiting" && node.step === "approved";
}

function isRunAtRest(status: RunStatus): boolean {
  return status === "waiting" || status === "paused" || isFinalRun(status);
}
