import { type Graph, listDependents, listNeeds } from "./graph.ts";

/** A duration per task, in any one unit. */
export type Durations = ArrayLike<number>;

/** head[t]: the longest path before task t, as the sum of durations, t itself not counted. O(tasks + needs). */
export function computeHeads(graph: Graph, durations: Durations): Float64Array {
  const heads = new Float64Array(graph.size);
  for (const task of graph.order) {
    const end = (heads[task] as number) + (durations[task] as number);
    for (const dependent of listDependents(graph, task)) {
      if ((heads[dependent] as number) < end) heads[dependent] = end;
    }
  }
  return heads;
}

/** tail[t]: the longest path after task t, as the sum of durations, t itself not counted. O(tasks + needs). */
export function computeTails(graph: Graph, durations: Durations): Float64Array {
  const tails = new Float64Array(graph.size);
  for (let at = graph.size - 1; at >= 0; at--) {
    const task = graph.order[at] as number;
    const remaining = (tails[task] as number) + (durations[task] as number);
    for (const need of listNeeds(graph, task)) {
      if ((tails[need] as number) < remaining) tails[need] = remaining;
    }
  }
  return tails;
}

/**
 * The tasks of a longest path in order of execution; without durations the longest in number of tasks. Of equally long
 * paths the one whose tasks were declared first, so that the same workflow always shows the same path.
 */
export function findCriticalPath(graph: Graph, durations: Durations = new Float64Array(graph.size).fill(1)): number[] {
  const tails = computeTails(graph, durations);
  const remainingOf = (task: number): number => (tails[task] as number) + (durations[task] as number);
  const path: number[] = [];
  let candidates = graph.order.subarray(0, graph.layerStart[1] ?? 0);
  while (candidates.length > 0) {
    let next = candidates[0] as number;
    for (const candidate of candidates) if (remainingOf(candidate) > remainingOf(next)) next = candidate;
    path.push(next);
    candidates = listDependents(graph, next);
  }
  return path;
}
