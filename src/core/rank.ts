import { computeTails } from "./critical-path.ts";
import type { Graph } from "./graph.ts";

/**
 * The order in which ready tasks of one run are claimed: rank[t] is the place of task t, 0 first. Longest remaining path first
 * (the task itself included), then declaration order. Paths are sums of the median durations of earlier runs, where
 * there are any; a task without a median counts as the average of the known ones. Without any median a path is its number of tasks.
 */
export function computeRanks(graph: Graph, medianMs: readonly (number | undefined)[] = []): Int32Array {
  const remaining = computeRemaining(graph, medianMs);
  if (remaining instanceof Int32Array) return rankByHeight(remaining);
  const order = Int32Array.from(remaining.keys()).sort(
    (one, other) => (remaining[other] as number) - (remaining[one] as number) || one - other,
  );
  const rank = new Int32Array(graph.size);
  for (let place = 0; place < order.length; place++) rank[order[place] as number] = place;
  return rank;
}

function computeRemaining(graph: Graph, medianMs: readonly (number | undefined)[]): Int32Array | Float64Array {
  const known = medianMs.filter((each) => each !== undefined);
  if (known.length === 0) return graph.height;
  const averageMs = known.reduce((sum, each) => sum + each, 0) / known.length;
  const durationsMs = Float64Array.from({ length: graph.size }, (_, task) => medianMs[task] ?? averageMs);
  return computeTails(graph, durationsMs).map((tail, task) => tail + (durationsMs[task] as number));
}

/** A counting sort: heights are small whole numbers, and most workflows have no history yet. */
function rankByHeight(height: Int32Array): Int32Array {
  const highest = height.reduce((most, each) => Math.max(most, each), 0);
  const count = new Int32Array(highest + 1);
  for (const each of height) count[each] = (count[each] as number) + 1;
  const nextRank = new Int32Array(highest + 1);
  for (let each = highest - 1; each >= 0; each--) {
    nextRank[each] = (nextRank[each + 1] as number) + (count[each + 1] as number);
  }
  return height.map((each) => {
    const rank = nextRank[each] as number;
    nextRank[each] = rank + 1;
    return rank;
  });
}
