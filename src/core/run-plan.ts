import { buildGraph, type Graph } from "./graph.ts";
import { createLanePlan, type LanePlan, type Use } from "./lane.ts";
import { computeRanks } from "./rank.ts";
import type { WorkflowSpec } from "./workflow-spec.ts";

/** What all runs of one definition share. Immutable. */
export interface RunPlan {
  readonly definitionId: number;
  readonly hash: string;
  readonly spec: WorkflowSpec;
  readonly graph: Graph;
  /** Place of each task in the order of claiming: 0 goes first. */
  readonly rank: Int32Array;
  /** Null where its tasks use no resources. */
  readonly lanes: LanePlan | null;
}

/**
 * O(tasks + needs).
 * @param medianMs durations of earlier runs by task index, for the order of claiming
 * @param always what every attempt uses, beside what its task declares
 */
export function createRunPlan(
  definitionId: number,
  hash: string,
  spec: WorkflowSpec,
  medianMs?: readonly (number | undefined)[],
  always: readonly Use[] = [],
): RunPlan {
  const graph = buildGraph(
    spec.tasks.map((task) => ({ id: task.id, needs: [...Object.values(task.needs ?? {}), ...(task.after ?? [])] })),
  );
  const rank = orderByPriority(spec, computeRanks(graph, medianMs));
  return { definitionId, hash, spec, graph, rank, lanes: createLanePlan(spec.tasks, always) };
}

/** A task's `priority` goes before the length of its path. */
function orderByPriority(spec: WorkflowSpec, rank: Int32Array): Int32Array {
  if (spec.tasks.every((task) => task.priority === undefined)) return rank;
  const priority = (index: number): number => spec.tasks[index]?.priority ?? 0;
  const order = Array.from(rank.keys()).sort(
    (a, b) => priority(b) - priority(a) || (rank[a] as number) - (rank[b] as number),
  );
  const placed = new Int32Array(rank.length);
  order.forEach((index, place) => {
    placed[index] = place;
  });
  return placed;
}
