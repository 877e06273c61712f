import { buildGraph, type Graph, listLayer } from "../core/graph.ts";
import type { TaskSpec, WorkflowSpec } from "../core/workflow-spec.ts";

/** Indices of all tasks that a task waits for, for data or for order. */
export function listWaitedFor(task: TaskSpec): number[] {
  return [...Object.values(task.needs ?? {}), ...(task.after ?? [])];
}

/** The graph of a spec. Tasks of a spec stand in layer order, so indices are those of its rows, too. */
export function buildSpecGraph(spec: WorkflowSpec): Graph {
  return buildGraph(spec.tasks.map((task) => ({ id: task.id, needs: listWaitedFor(task) })));
}

/** The names of the tasks of each layer. */
export function listLayerNames(spec: WorkflowSpec, graph: Graph): string[][] {
  return Array.from({ length: graph.layerCount }, (_, layer) =>
    Array.from(listLayer(graph, layer), (index) => spec.tasks[index]?.id ?? ""),
  );
}
