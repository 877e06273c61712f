import { propagateEnd } from "./readiness.ts";
import { noteTask } from "./run-notes.ts";
import { moveTask, type RunState } from "./run-state.ts";
import type { TaskNode } from "./task-node.ts";
import type { TaskEvent } from "./task-status.ts";

/** A task becomes final, and what follows from it: its dependents go on, or its map has one open instance less. */
export function endTask(state: RunState, node: TaskNode, event: TaskEvent, now: number): void {
  node.finishedAt = now;
  node.wakeAt = null;
  moveTask(state, node, event);
  noteTask(state, `task.${node.status}`, node.index);
  if (node.parent !== null) return settleInstance(state, node, node.parent, now);
  if (node.status === "failed" && !node.spec.allowFailure) noteFailure(state);
  propagateEnd(state, node);
}

/** A task that has not started is skipped, because its run was stopped. */
export function stopTask(state: RunState, node: TaskNode, now: number): void {
  node.reason = "run_stopped";
  endTask(state, node, "stop", now);
}

/** Records a result. `output` is JSON text; null: there is none. */
export function succeedTask(state: RunState, node: TaskNode, output: string | null, now: number): void {
  node.newOutput = output;
  node.interruptions = 0;
  node.reason = null;
  endTask(state, node, "succeed", now);
}

/** A failure that counts; with `onFailure: "stop"` nothing new starts (`stopRun` follows at the end of the turn). */
function noteFailure(state: RunState): void {
  state.hasFailed = true;
  if (state.plan.spec.onFailure === "stop") state.mustStop = true;
}

function settleInstance(state: RunState, node: TaskNode, parent: TaskNode, now: number): void {
  const { map } = parent;
  if (map === null) return;
  map.open--;
  if (node.status === "failed") map.failed++;
  if (map.open === 0) settleMap(state, parent, now);
}

/**
 * All instances are final. A map's output is not stored: readers put it together of its instances, in order. A failed
 * instance that is tolerated is null there.
 */
function settleMap(state: RunState, parent: TaskNode, now: number): void {
  const { map } = parent;
  if (map === null || parent.status !== "running") return;
  if (map.children.some((child) => child.status === "canceled")) return endTask(state, parent, "cancel", now);
  const rejected = map.children.reduce((count, child) => count + Number(child.reason === "rejected"), 0);
  const skipped = map.children.some((child) => child.status === "skipped" && child.reason !== "rejected");
  if (skipped) parent.reason = "run_stopped";
  const tolerated = countTolerated(parent.spec.map?.tolerate ?? 0, map.count);
  if (!skipped && rejected > 0 && map.failed <= tolerated && map.failed + rejected > tolerated) {
    parent.reason = "rejected"; // one that was rejected never counts as done: what needs the map is skipped
    return endTask(state, parent, "reject", now);
  }
  const isTolerated = map.failed <= tolerated;
  endTask(state, parent, isTolerated && !skipped ? "succeed" : "fail", now);
}

/** A fraction below 1 of the instances, rounded down; a number of them from 1 on. */
function countTolerated(tolerate: number, count: number): number {
  return tolerate < 1 ? Math.floor(tolerate * count) : tolerate;
}
