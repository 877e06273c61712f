import type { Graph } from "../../src/core/graph.ts";
import { listDependents, listNeeds } from "../../src/core/graph.ts";

/** The makespan of a greedy schedule on `slots` slots: whatever is ready starts at once, in the order of `rank`. */
export function simulateListSchedule(
  graph: Graph,
  durationsMs: readonly number[],
  slots: number,
  rank: ArrayLike<number> = Array.from({ length: graph.size }, (_, task) => task),
): number {
  const unmet = Array.from({ length: graph.size }, (_, task) => listNeeds(graph, task).length);
  const ready = unmet.flatMap((count, task) => (count === 0 ? [task] : []));
  const running: { task: number; endAt: number }[] = [];
  let now = 0;
  while (ready.length > 0 || running.length > 0) {
    ready.sort((one, other) => (rank[one] as number) - (rank[other] as number));
    while (ready.length > 0 && running.length < slots) {
      const task = ready.shift() as number;
      running.push({ task, endAt: now + (durationsMs[task] as number) });
    }
    running.sort((one, other) => one.endAt - other.endAt);
    const done = running.shift() as { task: number; endAt: number };
    now = done.endAt;
    for (const dependent of listDependents(graph, done.task)) {
      unmet[dependent] = (unmet[dependent] as number) - 1;
      if (unmet[dependent] === 0) ready.push(dependent);
    }
  }
  return now;
}
