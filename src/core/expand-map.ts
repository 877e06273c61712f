import { endTask, stopTask, succeedTask } from "./end-task.ts";
import { assert } from "./errors.ts";
import { RUN_ROWS_MAX } from "./limits.ts";
import { noteFact, recordAttempt } from "./run-notes.ts";
import { markDirty, queueReady, type RunState } from "./run-state.ts";
import { createInstanceNode, type MapState, type TaskNode } from "./task-node.ts";
import { isFinalTask } from "./task-status.ts";
import { isStopped } from "./trigger.ts";

/**
 * A map's list is known: each item becomes an instance with a row of its own, born ready. The map itself stays `running`
 * and holds no place; with an empty list it has succeeded.
 */
export function expandMap(
  state: RunState,
  node: TaskNode,
  items: readonly string[],
  labels: readonly string[] | null,
  now: number,
): void {
  if (node.attempt > 1) recordAttempt(state, node, "succeeded", now);
  node.interruptions = 0;
  if (items.length === 0) return succeedTask(state, node, "[]", now);
  if (state.intent === "cancel") return endTask(state, node, "cancel", now);
  assert(state.rowCount + items.length <= RUN_ROWS_MAX, `run ${state.id}: more than ${RUN_ROWS_MAX} rows`);
  const map = createMapState(node, state.rowCount, items, labels);
  node.map = map;
  state.rowCount += map.count;
  state.isRowDirty = true;
  for (const child of map.children) state.nodes[child.index] = child;
  markDirty(state, node);
  noteFact(state, "map.expanded", { count: map.count }, node.index);
  if (isStopped(state, node)) return stopInstances(state, map, now);
  for (const child of map.children) queueReady(state, child);
}

/** Instances that have not started are skipped; those that run come to their end. */
export function stopInstances(state: RunState, map: MapState, now: number): void {
  for (const child of map.children) {
    if (isFinalTask(child.status) || child.status === "running") continue;
    stopTask(state, child, now);
  }
}

function createMapState(
  node: TaskNode,
  base: number,
  items: readonly string[],
  labels: readonly string[] | null,
): MapState {
  const children = items.map((_, item) => createInstanceNode(node, base, item));
  return emptyMapState(base, children, items, labels);
}

/** A map whose instances are all open; who rebuilds one from rows corrects the counters. */
export function emptyMapState(
  base: number,
  children: TaskNode[],
  items: readonly string[] | null,
  labels: readonly string[] | null,
): MapState {
  return {
    base,
    count: children.length,
    items,
    labels,
    children,
    ready: [],
    readyFrom: 0,
    open: children.length,
    failed: 0,
    active: 0,
    isQueued: false,
    isSaved: false,
    given: undefined,
  };
}
