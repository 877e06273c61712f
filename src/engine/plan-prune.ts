import type { PruneMember, PruneRoot, PruneSearch } from "../store/prune-search.ts";

/** What may go. */
export interface PrunePolicy {
  /** Runs that ended before this instant. */
  readonly beforeAt: number;
  /** The newest finished runs of each workflow that stay in any case. */
  readonly keep: number;
  /** Also what people decided, and what it is about. */
  readonly withDecisions: boolean;
}

/** A run with its children, all of which go at once. */
export interface PrunableTree {
  readonly rootId: number;
  readonly members: readonly PruneMember[];
}

const PAGE_RUNS = 500;

/**
 * Finds what a policy lets go, page after page, the newest first: one pass over the runs, a few milliseconds at a time.
 * Never the newest run, nor anything that is not finished, nor a parent or a child of such.
 */
export async function* planPrune(
  search: PruneSearch,
  policy: PrunePolicy,
  pause: () => Promise<void>,
): AsyncGenerator<PrunableTree[]> {
  const counts = new Map<string, number>();
  const newest = new Set(search.listNewest());
  let before = Number.MAX_SAFE_INTEGER;
  for (;;) {
    const runs = search.listRuns(before, PAGE_RUNS);
    const last = runs.at(-1);
    if (last === undefined) return;
    before = last.id;
    const old = runs.filter((run) => isOld(run, policy, counts));
    yield old.map((run) => findTree(search, run.id, policy, newest)).filter((tree) => tree !== undefined);
    await pause();
  }
}

/** Counts it, too: so many of its workflow stay. */
function isOld(run: PruneRoot, policy: PrunePolicy, counts: Map<string, number>): boolean {
  if (run.finishedAt === null || run.isRoot === 0) return false;
  if (run.rowCount < 0) return true; // begun by a prune that was ended
  if (run.rowCount === 0) return policy.withDecisions && run.finishedAt < policy.beforeAt;
  const count = (counts.get(run.workflow) ?? 0) + 1;
  counts.set(run.workflow, count);
  return count > policy.keep && run.finishedAt < policy.beforeAt;
}

/** Undefined: something of it has to stay. */
export function findTree(
  search: PruneSearch,
  rootId: number,
  policy: PrunePolicy,
  newest: ReadonlySet<number>,
): PrunableTree | undefined {
  const members = search.listTree(rootId);
  const mayGo = members.every(
    ({ id, finishedAt, rowCount }) =>
      finishedAt !== null && (rowCount < 0 || finishedAt < policy.beforeAt) && !newest.has(id),
  );
  return mayGo && members.length > 0 ? { rootId, members } : undefined;
}
