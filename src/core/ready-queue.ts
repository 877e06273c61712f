import { queueReady, type RunState } from "./run-state.ts";

/** Fills the ready heaps again from the statuses: after a load, a reset, and when much was skipped at once. O(rows). */
export function requeueReady(state: RunState): void {
  state.ready.function.clear();
  state.ready.command.clear();
  for (const lane of state.lanes) lane.clear();
  for (const node of state.nodes) {
    if (node?.map) {
      node.map.ready = [];
      node.map.readyFrom = 0;
      node.map.isQueued = false;
    }
  }
  for (const node of state.nodes) if (node?.status === "ready") queueReady(state, node);
}
