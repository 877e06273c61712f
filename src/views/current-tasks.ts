import { type SQL, sql } from "drizzle-orm";
import { RUN_ROWS_MAX } from "../core/limits.ts";
import type { TaskRecord } from "./task-records.ts";

/**
 * Declared tasks, and the instances of the list that their map has now. A reset may give a list up: its instances' rows
 * stay as history, and count nowhere.
 */
export function isCurrentRecord(record: TaskRecord, records: readonly TaskRecord[]): boolean {
  const { parentId, idx } = record;
  if (parentId === null) return true;
  const { itemsBase = null, itemsCount = null } = records[parentId % RUN_ROWS_MAX] ?? {};
  return itemsBase !== null && idx >= itemsBase && idx < itemsBase + (itemsCount ?? 0);
}

/** The same in SQL, of the rows of `task` under this alias. */
export function isCurrentRow(alias: "t" | "task"): SQL {
  const [parent, idx] = [sql.raw(`"${alias}"."parent_id"`), sql.raw(`"${alias}"."idx"`)];
  return sql`(${parent} IS NULL OR EXISTS (SELECT 1 FROM task p
    WHERE p.id = ${parent} AND ${idx} >= p.items_base AND ${idx} < p.items_base + p.items_count))`;
}
