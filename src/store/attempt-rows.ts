import { sql } from "drizzle-orm";
import type { ErrorValue } from "../core/errors.ts";
import type { AttemptRecord } from "../core/task-node.ts";
import type { Store } from "./open-store.ts";
import { namePlaceholders, prepareHot, type SqlValue } from "./prepare-hot.ts";
import { attempt } from "./schema.ts";
import { getTaskId, TASK_ROWS_PER_RUN } from "./task-id.ts";

/** `attempt`: what was not a plain first success. Written once, when the attempt has ended. */
export interface AttemptRows {
  insert(runId: number, records: readonly AttemptRecord[]): void;
  /** The task that failed first in a run and was not let off, and the error of its last attempt. */
  findFailure(runId: number): { task: string; error: ErrorValue | undefined } | undefined;
}

const COLUMNS = [
  "taskId",
  "generation",
  "number",
  "status",
  "error",
  "exitCode",
  "signal",
  "logBytes",
  "logCut",
  "startedAt",
  "finishedAt",
] as const;

export function createAttemptRows(store: Store): AttemptRows {
  const insert = prepareHot<Record<(typeof COLUMNS)[number], SqlValue>>(
    store,
    store.db.insert(attempt).values({ ...namePlaceholders(COLUMNS, sql.placeholder), id: sql`NULL` }),
  );
  const failure = store.sqlite.prepare<[number, number], { task: string; error: string | null }>(
    `SELECT d.name AS task, a.error FROM task AS t
     JOIN run AS r ON r.id = t.run_id
     JOIN definition_task AS d ON d.definition_id = r.definition_id
       AND d.idx = CASE WHEN t.parent_id IS NULL THEN t.idx ELSE t.parent_id % ${TASK_ROWS_PER_RUN} END
     LEFT JOIN attempt AS a ON a.task_id = t.id AND a.generation = t.generation AND a.number = t.attempt
     LEFT JOIN task AS p ON p.id = t.parent_id
     WHERE t.id BETWEEN ? AND ? AND t.status = 'failed'
       AND (p.id IS NULL OR (t.idx >= p.items_base AND t.idx < p.items_base + p.items_count))
     ORDER BY a.error IS NULL, t.finished_at, t.id LIMIT 1`,
  );
  return {
    findFailure(runId) {
      const found = failure.get(getTaskId(runId, 0), getTaskId(runId + 1, 0) - 1);
      if (found === undefined) return undefined;
      return { task: found.task, error: found.error === null ? undefined : (JSON.parse(found.error) as ErrorValue) };
    },
    insert(runId, records) {
      for (const { node, errorJson, ...columns } of records) {
        insert({ ...columns, taskId: getTaskId(runId, node.index), error: errorJson });
      }
    },
  };
}
