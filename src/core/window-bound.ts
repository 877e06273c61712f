import { computeHeads, computeTails, type Durations } from "./critical-path.ts";
import { assert } from "./errors.ts";
import type { Graph } from "./graph.ts";

/**
 * A time that no schedule of these tasks on `slots` equal slots can beat: the window bound,
 *
 *     max over a, b of  a + Σ { duration of tasks with head ≥ a and tail ≥ b } / slots + b
 *
 * over windows that hold a task, and never less than the critical path. None of these tasks can start before `a` (head: the
 * longest path before it), and after the last of them ends `b` still has to pass (tail: the longest path after it), so
 * their work has to fit between. With a = b = 0 it is work / slots. This is the energetic argument of Fernández and Bussell (1973), with
 * windows at the ends of the schedule. Exact over all a and b, in O((tasks + needs) + tasks × log tasks).
 *
 * @param slots an integer of at least 1, or Infinity, for which it is the critical path.
 */
export function computeLowerBoundMs(graph: Graph, durationsMs: Durations, slots: number): number {
  assert(slots >= 1, `at least 1 slot, not ${slots}`);
  const heads = computeHeads(graph, durationsMs);
  const tails = computeTails(graph, durationsMs);
  const criticalPathMs = findLongestPathMs(heads, tails, durationsMs);
  return Number.isFinite(slots)
    ? Math.max(criticalPathMs, findBestWindowMs(heads, tails, durationsMs, slots))
    : criticalPathMs;
}

function findLongestPathMs(heads: Float64Array, tails: Float64Array, durationsMs: Durations): number {
  let longest = 0;
  for (let task = 0; task < heads.length; task++) {
    longest = Math.max(longest, (heads[task] as number) + (durationsMs[task] as number) + (tails[task] as number));
  }
  return longest;
}

/** Lowers `a` from the highest head to 0. At each head the tree knows the best `b` for all tasks added so far. */
function findBestWindowMs(heads: Float64Array, tails: Float64Array, durationsMs: Durations, slots: number): number {
  const levels = Float64Array.from(new Set(tails)).sort();
  const levelOfTail = new Map(Array.from(levels, (tail, level) => [tail, level]));
  const tree = new WindowTree(levels);
  const byHeadFalling = Uint32Array.from(heads.keys()).sort(
    (one, other) => (heads[other] as number) - (heads[one] as number),
  );
  let best = 0;
  for (let at = 0; at < byHeadFalling.length; at++) {
    const task = byHeadFalling[at] as number;
    const head = heads[task] as number;
    tree.add(levelOfTail.get(tails[task] as number) as number, (durationsMs[task] as number) / slots);
    const next = byHeadFalling[at + 1];
    if (next === undefined || heads[next] !== head) best = Math.max(best, head + tree.best);
  }
  return best;
}

/**
 * Owns, for each level of tail, the work added at it. Knows the maximum over levels b that hold a task of b + Σ work at levels ≥ b.
 * Invariant: a node holds the work of its levels, and that maximum over its levels alone; the work to the right of a node
 * counts for all of its levels alike, so that two nodes join in one step. Higher b are no better between levels.
 */
class WindowTree {
  readonly #levels: Float64Array;
  readonly #width: number;
  readonly #work: Float64Array;
  readonly #best: Float64Array;

  constructor(levels: Float64Array) {
    this.#levels = levels;
    this.#width = 2 ** Math.ceil(Math.log2(Math.max(1, levels.length)));
    this.#work = new Float64Array(2 * this.#width);
    this.#best = new Float64Array(2 * this.#width).fill(Number.NEGATIVE_INFINITY);
  }

  get best(): number {
    return this.#best[1] as number;
  }

  add(level: number, work: number): void {
    let node = this.#width + level;
    this.#work[node] = (this.#work[node] as number) + work;
    this.#best[node] = (this.#levels[level] as number) + (this.#work[node] as number);
    for (node >>= 1; node >= 1; node >>= 1) {
      const left = 2 * node;
      const right = left + 1;
      const workRight = this.#work[right] as number;
      this.#work[node] = (this.#work[left] as number) + workRight;
      this.#best[node] = Math.max(this.#best[right] as number, (this.#best[left] as number) + workRight);
    }
  }
}
