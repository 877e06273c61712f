import { sql } from "drizzle-orm";
import type { AttemptRecord } from "../core/task-node.ts";
import type { Store } from "./open-store.ts";
import { namePlaceholders, prepareHot, type SqlValue } from "./prepare-hot.ts";
import { attempt } from "./schema.ts";
import { getTaskId } from "./task-id.ts";

/** `attempt`: what was not a plain first success. Written once, when the attempt has ended. */
export interface AttemptRows {
  insert(runId: number, records: readonly AttemptRecord[]): void;
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
  return {
    insert(runId, records) {
      for (const { node, errorJson, ...columns } of records) {
        insert({ ...columns, taskId: getTaskId(runId, node.index), error: errorJson });
      }
    },
  };
}
