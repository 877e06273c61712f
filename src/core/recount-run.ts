import { listNeeds } from "./graph.ts";
import type { RunState } from "./run-state.ts";
import type { TaskNode } from "./task-node.ts";
import { isFinalTask } from "./task-status.ts";

/** Works out the counters of a run again from the statuses of its nodes. O(rows + needs). */
export function recountRun(state: RunState): void {
  const { graph } = state.plan;
  state.layerLeft.fill(0);
  state.unsettled = 0;
  state.retrying = 0;
  state.waiting = 0;
  state.hasFailed = false;
  state.isRejected = false;
  for (let index = 0; index < graph.size; index++) {
    const node = state.nodes[index] as TaskNode;
    countNode(state, node);
    node.unmet = 0;
    for (const need of listNeeds(graph, index)) if (!isFinalTask((state.nodes[need] as TaskNode).status)) node.unmet++;
    if (!isFinalTask(node.status)) {
      state.unsettled++;
      state.layerLeft[node.layer] = (state.layerLeft[node.layer] as number) + 1;
    }
    if (node.map !== null) recountMap(state, node);
  }
}

function countNode(state: RunState, node: TaskNode): void {
  if (node.status === "retrying") state.retrying++;
  if (node.status === "waiting") state.waiting++;
  if (node.reason === "rejected") state.isRejected = true;
  if (node.parent === null && node.status === "failed" && !node.spec.allowFailure) state.hasFailed = true;
}

function recountMap(state: RunState, parent: TaskNode): void {
  const { map } = parent;
  if (map === null) return;
  map.open = 0;
  map.failed = 0;
  for (const child of map.children) {
    countNode(state, child);
    if (!isFinalTask(child.status)) map.open++;
    if (child.status === "failed") map.failed++;
  }
}
