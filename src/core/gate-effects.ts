import { listDependents, listLayer } from "./graph.ts";
import type { RunState } from "./run-state.ts";
import type { TaskNode } from "./task-node.ts";
import { judgeTrigger } from "./trigger.ts";

/** What a decision would do, for people who are about to make it. Pure: nothing is changed. */
export interface GateEffects {
  /** Ids of the tasks that an approval lets begin at once. */
  readonly starts: readonly string[];
  /** Ids of the tasks that a rejection keeps from running. */
  readonly skips: readonly string[];
}

/** Approving a layer opens the next one; rejecting it ends the run. */
export function listLayerEffects(state: RunState, layer: number): GateEffects {
  const { graph } = state.plan;
  const starts: string[] = [];
  if (layer + 1 < graph.layerCount) {
    for (const index of listLayer(graph, layer + 1)) {
      const node = state.nodes[index] as TaskNode;
      if (node.status === "pending" && node.unmet === 0 && judgeTrigger(state, node).starts) starts.push(node.spec.id);
    }
  }
  const skips = state.nodes.slice(0, graph.size).filter((node) => node.status === "pending");
  return { starts, skips: skips.map((node) => node.spec.id) };
}

/** Rejecting a task skips it and what needs it, except what runs whatever happened before (`all_done`). */
export function listTaskEffects(state: RunState, node: TaskNode): GateEffects {
  const declared = node.parent ?? node;
  const skipped = new Set<number>([declared.index]);
  const queue = [declared.index];
  for (let index = queue.pop(); index !== undefined; index = queue.pop()) {
    for (const dependent of listDependents(state.plan.graph, index)) {
      const { status, spec } = state.nodes[dependent] as TaskNode;
      if (skipped.has(dependent) || status !== "pending" || spec.when === "all_done") continue;
      skipped.add(dependent);
      queue.push(dependent);
    }
  }
  const inOrder = [...skipped].sort((one, other) => one - other);
  return { starts: [node.spec.id], skips: inOrder.map((index) => (state.nodes[index] as TaskNode).spec.id) };
}
