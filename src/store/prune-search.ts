import type { Store } from "./open-store.ts";
import { TASK_ROWS_PER_RUN } from "./task-id.ts";

/** A run that nothing waits for as its child. */
export interface PruneRoot {
  readonly id: number;
  readonly workflow: string;
  readonly finishedAt: number | null;
  readonly isRoot: 0 | 1;
  /** −1: it is being pruned; 0: it was, and its decisions are kept. */
  readonly rowCount: number;
}

/** A run with the runs that it has started as its children, and theirs. */
export interface PruneMember {
  readonly id: number;
  readonly finishedAt: number | null;
  readonly isDecided: 0 | 1;
  readonly rowCount: number;
}

/** Which runs may be pruned. */
export interface PruneSearch {
  /** Runs below a number, the newest first. */
  listRuns(before: number, limit: number): PruneRoot[];
  listTree(rootId: number): PruneMember[];
  /** Runs whose numbers, or whose checkpoints' numbers, would be used again without them. */
  listNewest(): number[];
  hasRun(runId: number): boolean;
  /** When a run ended; null: it has not; undefined: there is none of that number, and never will be. */
  findEnd(runId: number): number | null | undefined;
}

const LAST = TASK_ROWS_PER_RUN - 1;

export function createPruneSearch({ sqlite }: Store): PruneSearch {
  const runs = sqlite.prepare<[number, number], PruneRoot>(
    `SELECT r.id, r.workflow, r.finished_at AS finishedAt, r.row_count AS rowCount,
       r.parent_task_id IS NULL OR NOT EXISTS (SELECT 1 FROM run AS p WHERE p.id = r.parent_task_id / ${TASK_ROWS_PER_RUN}) AS isRoot
     FROM run AS r WHERE r.id < ? ORDER BY r.id DESC LIMIT ?`,
  );
  const tree = sqlite.prepare<[number], PruneMember>(
    `WITH RECURSIVE tree (id) AS (
       SELECT ? UNION ALL
       SELECT r.id FROM tree JOIN run AS r ON r.parent_task_id >= tree.id * ${TASK_ROWS_PER_RUN}
         AND r.parent_task_id <= tree.id * ${TASK_ROWS_PER_RUN} + ${LAST})
     SELECT r.id, r.finished_at AS finishedAt, r.row_count AS rowCount, EXISTS (
       SELECT 1 FROM checkpoint AS c JOIN decision AS d ON d.checkpoint_id = c.id WHERE c.run_id = r.id) AS isDecided
     FROM tree JOIN run AS r ON r.id = tree.id`,
  );
  const newest = sqlite
    .prepare<[], number | null>(
      `SELECT max(id) FROM run
       UNION ALL SELECT run_id FROM checkpoint WHERE id = (SELECT max(id) FROM checkpoint)`,
    )
    .pluck();
  const end = sqlite.prepare<[number], { finishedAt: number | null }>(
    "SELECT finished_at AS finishedAt FROM run WHERE id = ?",
  );
  const highest = sqlite.prepare<[], number | null>("SELECT max(id) FROM run").pluck();
  return {
    listRuns: (before: number, limit: number) => runs.all(before, limit),
    listTree: (rootId: number) => tree.all(rootId),
    hasRun: (runId) => end.get(runId) !== undefined,
    findEnd(runId) {
      const row = end.get(runId);
      if (row !== undefined) return row.finishedAt;
      return runId <= (highest.get() ?? 0) ? undefined : null;
    },
    listNewest: () => newest.all().filter((id) => id !== null), // P3 in prune-rows.ts
  };
}
