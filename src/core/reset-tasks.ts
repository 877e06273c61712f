import { assert } from "./errors.ts";
import { listDependents, listNeeds } from "./graph.ts";
import { reopenLayers } from "./readiness.ts";
import { requeueReady } from "./ready-queue.ts";
import { recountRun } from "./recount-run.ts";
import { noteFact } from "./run-notes.ts";
import { markDirty, moveTask, type RunState } from "./run-state.ts";
import type { MapState, TaskNode } from "./task-node.ts";
import { isFinalTask } from "./task-status.ts";

/**
 * Takes tasks back to the beginning (engine.md 2, Reruns): `retry`, and a layer that is sent back. The run has no live
 * attempt. A recorded result that is discarded counts its generation up, so that its idempotency key is a new one.
 */

/** What `retry` without a task begins again: all that failed or was canceled, and what was skipped because of it. */
export function listFailedTasks(state: RunState): number[] {
  const failed: number[] = [];
  for (let index = 0; index < state.plan.graph.size; index++) {
    if (mustRunAgain(state.nodes[index] as TaskNode)) failed.push(index);
  }
  return failed;
}

/** What came before a task and would keep it from running: it has to run again, too. */
export function listFailedAncestors(state: RunState, target: number): number[] {
  const { graph } = state.plan;
  const seen = new Set<number>();
  const queue = [...listNeeds(graph, target)];
  for (let index = queue.pop(); index !== undefined; index = queue.pop()) {
    if (seen.has(index)) continue;
    seen.add(index);
    queue.push(...listNeeds(graph, index));
  }
  return [...seen].filter((index) => mustRunAgain(state.nodes[index] as TaskNode)).sort((one, other) => one - other);
}

function mustRunAgain(node: TaskNode): boolean {
  if (node.status === "failed" || node.status === "canceled") return true;
  return node.status === "skipped" && (node.reason === "run_stopped" || node.reason === "rejected");
}

/** The targets and all descendants that have left `pending`, in layer order. */
export function listResetSet(state: RunState, targets: readonly number[]): number[] {
  const { graph } = state.plan;
  const isIn = new Uint8Array(graph.size);
  const queue = [...targets];
  for (const target of targets) isIn[target] = 1;
  for (let index = queue.pop(); index !== undefined; index = queue.pop()) {
    for (const dependent of listDependents(graph, index)) {
      if (isIn[dependent] === 1) continue;
      isIn[dependent] = 1;
      queue.push(dependent);
    }
  }
  const set: number[] = [];
  isIn.forEach((mark, index) => {
    const { status, map } = state.nodes[index] as TaskNode;
    if (mark === 1 && (status !== "pending" || map !== null)) set.push(index); // a list may wait to be gone on with
  });
  return set;
}

/**
 * Resets the set and makes ready what can begin.
 * @param isWhole true: maps among the targets begin with all instances; false: only with those that failed.
 * @param before tasks before the targets that run again, too: their maps only with what failed.
 */
export function resetTasks(
  state: RunState,
  targets: readonly number[],
  isWhole: boolean,
  before: readonly number[] = [],
): number[] {
  const set = listResetSet(state, [...before, ...targets]);
  assert(!set.some((index) => isAlive(state.nodes[index] as TaskNode)), `run ${state.id}: a reset while attempts live`);
  const beginsWithFailed = new Set(isWhole ? before : [...before, ...targets]);
  const isReset = new Uint8Array(state.plan.graph.size);
  for (const index of set) isReset[index] = 1;
  for (const index of set) {
    const node = state.nodes[index] as TaskNode;
    const keepsList = !listNeeds(state.plan.graph, index).some((need) => isReset[need] === 1);
    resetNode(state, node, keepsList, beginsWithFailed.has(index));
  }
  recountRun(state);
  requeueReady(state);
  noteFact(state, "tasks.reset", { tasks: set });
  reopenLayers(state, set);
  return set;
}

function isAlive(node: TaskNode): boolean {
  return node.isActive || node.childRun !== null || (node.map?.children.some(isAlive) ?? false);
}

function resetNode(state: RunState, node: TaskNode, keepsList: boolean, onlyFailed: boolean): void {
  if (node.map !== null && !keepsList) return dropList(state, node, node.map);
  if (node.map !== null) {
    for (const child of node.map.children) {
      if (onlyFailed && child.status === "succeeded") continue;
      resetOne(state, child);
    }
  }
  resetOne(state, node);
}

/**
 * The map works its list out anew; the instances' rows stay as history, outside of any list. Those of the new list are of
 * a generation that none of the old ones had: what is at the same place now may be something else, under its own key.
 */
function dropList(state: RunState, node: TaskNode, map: MapState): void {
  const unused = 1 + map.children.reduce((most, child) => Math.max(most, child.generation), 0);
  node.map = null;
  node.dropsList = true;
  resetOne(state, node);
  if (node.generation < unused) {
    node.generation = unused;
    node.attempt = 0;
  }
  markDirty(state, node);
}

function resetOne(state: RunState, node: TaskNode): void {
  if (node.status === "pending") return;
  if (node.status === "succeeded" && !(node.map !== null && hasKeptInstances(node))) discardResult(node);
  node.reason = null;
  node.tries = 0;
  node.interruptions = 0;
  node.wakeAt = null;
  node.step = "body";
  node.startedAt = null;
  node.finishedAt = null;
  moveTask(state, node, "reset");
  markDirty(state, node);
}

function hasKeptInstances(node: TaskNode): boolean {
  return node.map?.children.some((child) => isFinalTask(child.status)) ?? false;
}

function discardResult(node: TaskNode): void {
  node.generation++;
  node.attempt = 0;
  node.newOutput = null;
}
