import { PRUNE_ROWS_PER_TRANSACTION } from "../core/limits.ts";
import type { Clock } from "../core/ports.ts";
import type { Store } from "../store/open-store.ts";
import { createPruneRows, type PruneRows } from "../store/prune-rows.ts";
import { retryBusy } from "../store/retry-busy.ts";
import { findTree, type PrunableTree, type PrunePolicy, planPrune } from "./plan-prune.ts";

export interface PruneParts {
  readonly store: Store;
  readonly clock: Clock;
  /** Between two transactions: others have their turn. */
  readonly pause: () => Promise<void>;
  /** Rows of this run are gone, and the transaction is committed: its logs may go. */
  readonly onGone: (runId: number) => Promise<void>;
}

export interface Pruned {
  readonly runs: number;
  /** Of these, how many keep their decisions, and with them the run and its declared tasks. */
  readonly decided: number;
}

/** How many runs a policy lets go. Reads only. */
export async function countPrunable(
  { store, pause }: Pick<PruneParts, "store" | "pause">,
  policy: PrunePolicy,
): Promise<{ runs: number; decided: number; oldest: number | null; newest: number | null }> {
  const ids: number[] = [];
  let decided = 0;
  for await (const trees of planPrune(createPruneRows(store), policy, pause)) {
    for (const { members } of trees) {
      for (const member of members) {
        ids.push(member.id);
        if (keepsDecisions(member.isDecided, policy)) decided += 1;
      }
    }
  }
  const [newest = null, oldest = null] = [ids[0], ids.at(-1)];
  return { runs: ids.length, decided, oldest, newest };
}

/**
 * Deletes the runs that a policy lets go, in transactions of at most 500 rows. Ended at any moment it leaves runs that
 * are whole or gone, and such as the next call finishes.
 */
export async function pruneRuns(parts: PruneParts, policy: PrunePolicy): Promise<Pruned> {
  const rows = createPruneRows(parts.store);
  const total = { runs: 0, decided: 0 };
  for await (const trees of planPrune(rows, policy, parts.pause)) {
    for (const batch of groupTrees(trees)) await pruneBatch(parts, rows, policy, batch, total);
  }
  if (total.runs > 0) await pruneEvents(parts, rows, policy);
  return total;
}

/** Trees that are begun in one transaction: mostly small runs, of which many fit. */
const TREES_PER_BATCH = 50;

function groupTrees(trees: readonly PrunableTree[]): PrunableTree[][] {
  const groups: PrunableTree[][] = [];
  for (let at = 0; at < trees.length; at += TREES_PER_BATCH) groups.push(trees.slice(at, at + TREES_PER_BATCH));
  return groups;
}

async function pruneBatch(
  parts: PruneParts,
  rows: PruneRows,
  policy: PrunePolicy,
  trees: readonly PrunableTree[],
  total: { runs: number; decided: number },
): Promise<void> {
  const begun = await write(parts, rows, () => beginTrees(rows, trees, policy));
  const queue = [...begun];
  while (queue.length > 0) {
    queue.splice(0, await write(parts, rows, () => deleteRows(rows, queue)));
    await parts.pause();
  }
  for (const member of begun) await parts.onGone(member.id);
  total.runs += begun.length;
  total.decided += begun.filter((member) => member.keeps).length;
}

interface Begun {
  readonly id: number;
  /** Its decisions stay. */
  readonly keeps: boolean;
}

/** Looks again, now that nobody else can write: a run may have been retried meanwhile. */
function beginTrees(rows: PruneRows, trees: readonly PrunableTree[], policy: PrunePolicy): Begun[] {
  const newest = new Set(rows.listNewest());
  return trees.flatMap(({ rootId }) => {
    const members = findTree(rows, rootId, policy, newest)?.members ?? [];
    const left = members.filter((member) => member.rowCount !== 0 || policy.withDecisions);
    for (const { id } of left) rows.mark(id);
    return left.map(({ id, isDecided }) => ({ id, keeps: keepsDecisions(isDecided, policy) }));
  });
}

function keepsDecisions(isDecided: 0 | 1, policy: PrunePolicy): boolean {
  return isDecided === 1 && !policy.withDecisions;
}

/** Deletes rows of the first of them, and of the next, up to what one transaction may. Returns how many runs are done. */
function deleteRows(rows: PruneRows, queue: readonly Begun[]): number {
  let deleted = 0;
  let gone = 0;
  for (const { id, keeps } of queue) {
    for (;;) {
      const left = PRUNE_ROWS_PER_TRANSACTION - deleted;
      if (left <= 0) return gone;
      const count = rows.deleteSome(id, keeps, left);
      deleted += count;
      if (count === 0) break;
    }
    gone += 1;
  }
  return gone;
}

async function pruneEvents(parts: PruneParts, rows: PruneRows, policy: PrunePolicy): Promise<void> {
  for (let after = 0; ; ) {
    const from = after;
    const next = await write(parts, rows, () => rows.deleteEvents(from, policy.beforeAt, PRUNE_ROWS_PER_TRANSACTION));
    if (next === null) return;
    after = next;
    await parts.pause();
  }
}

/** Definitions that nothing has any more. Only while no engine lives: engines remember the rows of theirs. */
export async function pruneDefinitions(parts: Pick<PruneParts, "store" | "clock">): Promise<void> {
  const rows = createPruneRows(parts.store);
  while ((await write(parts, rows, () => rows.deleteDefinitions(PRUNE_ROWS_PER_TRANSACTION))) > 0);
}

/** Rows of engines that ended or were lost before an instant. */
export async function pruneEngines(parts: Pick<PruneParts, "store" | "clock">, beforeAt: number): Promise<void> {
  const rows = createPruneRows(parts.store);
  while ((await write(parts, rows, () => rows.deleteEngines(beforeAt, PRUNE_ROWS_PER_TRANSACTION))) > 0);
}

/** Messages to channels that were delivered or given up before an instant. */
export async function pruneNotices(parts: Pick<PruneParts, "store" | "clock">, beforeAt: number): Promise<void> {
  const rows = createPruneRows(parts.store);
  while ((await write(parts, rows, () => rows.deleteNotices(beforeAt, PRUNE_ROWS_PER_TRANSACTION))) > 0);
}

function write<T>({ clock }: Pick<PruneParts, "clock">, rows: PruneRows, fn: () => T): Promise<T> {
  return retryBusy(clock, () => rows.transaction(fn));
}
