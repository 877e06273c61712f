import { listDependents, listLayer } from "./graph.ts";
import { noteTask } from "./run-notes.ts";
import { moveTask, queueReady, type RunState } from "./run-state.ts";
import type { MapState, TaskNode } from "./task-node.ts";
import type { TaskReason } from "./task-status.ts";
import { isStopped, judgeTrigger } from "./trigger.ts";

/**
 * What follows when a task is final: its dependents become ready or are skipped, and so on; when a layer is settled the
 * next one opens, or is asked for. Iterative, so that a chain of 100,000 skips needs no stack.
 */

/** Opens layer 0 of a new run; with `eager`, all layers. */
export function openFirstLayer(state: RunState): void {
  if (state.strategy === "eager") {
    state.openLayer = state.plan.graph.layerCount - 1;
    startAll(state, state.nodes);
    return;
  }
  openLayer(state, 0);
}

/** Each of these that is pending and waits for nothing becomes ready, stays behind its gate, or is skipped. */
function startAll(state: RunState, nodes: readonly TaskNode[]): void {
  for (const node of nodes) startPending(state, node);
}

function startPending(state: RunState, node: TaskNode): void {
  if (node.status !== "pending" || node.unmet > 0) return;
  if (startOrSkip(state, node) === "skipped") propagateEnd(state, node);
}

/** To be called once for each declared node that has just become final. */
export function propagateEnd(state: RunState, ended: TaskNode): void {
  const { graph } = state.plan;
  const queue: TaskNode[] = [ended];
  for (let node = queue.pop(); node !== undefined; node = queue.pop()) {
    for (const index of listDependents(graph, node.index)) {
      const dependent = state.nodes[index] as TaskNode;
      dependent.unmet--;
      if (dependent.unmet > 0 || dependent.status !== "pending") continue;
      if (startOrSkip(state, dependent) === "skipped") queue.push(dependent);
    }
  }
}

/** All needs are final: the task becomes ready (where its layer is open), stays pending behind the gate, or is skipped. */
function startOrSkip(state: RunState, node: TaskNode): "ready" | "gated" | "skipped" {
  if (state.intent === "cancel") return "gated"; // `cancelRun` is about to come to it
  if (isStopped(state, node)) return skip(state, node, "run_stopped");
  const verdict = judgeTrigger(state, node);
  if (!verdict.starts) return skip(state, node, verdict.reason);
  if (node.layer > state.openLayer) return "gated";
  makeReady(state, node);
  return "ready";
}

function skip(state: RunState, node: TaskNode, reason: TaskReason): "skipped" {
  node.reason = reason;
  moveTask(state, node, reason === "run_stopped" ? "stop" : "neverStarts");
  noteTask(state, "task.skipped", node.index);
  return "skipped";
}

function makeReady(state: RunState, node: TaskNode): void {
  moveTask(state, node, "needsMet");
  if (node.map !== null) return restartMap(state, node, node.map);
  queueReady(state, node);
}

/** A map that was reset and keeps its list: it runs at once, and its reset instances are what is claimed. */
function restartMap(state: RunState, node: TaskNode, map: MapState): void {
  moveTask(state, node, "claim");
  for (const child of map.children) {
    if (child.status !== "pending") continue;
    moveTask(state, child, "needsMet");
    queueReady(state, child);
  }
}

/**
 * To be called after all outcomes of a turn: passes over settled layers and layers where nothing would start, and then
 * opens the next one, or notes that its review is awaited. No review where nothing would start, none after the last.
 */
export function advanceLayers(state: RunState): void {
  if (state.strategy === "eager" || state.reviewLayer >= 0 || state.intent === "cancel") return;
  while (state.layerLeft[state.openLayer] === 0) {
    const settled = passSettledLayers(state);
    if (settled === state.plan.graph.layerCount - 1) return;
    if (state.isReviewed) {
      state.reviewLayer = settled;
      state.questions.push({ kind: "layer", layer: settled });
      return;
    }
    openLayer(state, settled + 1); // after a reset all of it may be skipped only now: then it is passed over, too
  }
}

/** The last layer from the open one on up to which all is settled. */
function passSettledLayers(state: RunState): number {
  const last = state.plan.graph.layerCount - 1;
  let settled = state.openLayer;
  while (settled < last && state.layerLeft[settled + 1] === 0) settled++;
  if (settled !== state.openLayer) setOpenLayer(state, settled);
  return settled;
}

/** Opens a layer: what waits only for its gate becomes ready. O(tasks of the layer). */
export function openLayer(state: RunState, layer: number): void {
  setOpenLayer(state, layer);
  for (const index of listLayer(state.plan.graph, layer)) startPending(state, state.nodes[index] as TaskNode);
}

function setOpenLayer(state: RunState, layer: number): void {
  state.openLayer = layer; // its column is written with the next change of the row: rows of tasks say it, too
}

/**
 * After a reset: the layers from the first reset one on are gated again, and what can begin is ready.
 * @param reset indices of tasks that are pending again, in layer order.
 */
export function reopenLayers(state: RunState, reset: readonly number[]): void {
  const first = reset[0];
  if (first === undefined) return;
  if (state.strategy === "layers")
    setOpenLayer(state, findLayerToReopen(state, (state.nodes[first] as TaskNode).layer));
  state.reviewLayer = -1;
  const declared = state.nodes.slice(0, state.plan.graph.size);
  startAll(
    state,
    declared.filter((node) => node.layer <= state.openLayer),
  );
}

/** A layer under review that never began (its gate was rejected, or the run ended before) is opened by its gate alone. */
function findLayerToReopen(state: RunState, first: number): number {
  if (!state.isReviewed || first === 0) return Math.min(first, state.openLayer);
  const hasBegun = listLayer(state.plan.graph, first).some((index) => {
    const { attempt, generation } = state.nodes[index] as TaskNode;
    return attempt > 0 || generation > 0;
  });
  return hasBegun ? Math.min(first, state.openLayer) : first - 1;
}
