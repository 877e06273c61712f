import { sql } from "drizzle-orm";
import type { ReadStore } from "./once-per-store.ts";

/** The newest messages among which those that failed are counted. */
const LOOKED_MAX = 1_000;

/** Messages to channels that were given up, and that wait to be sent. */
export function countNotices({ db }: ReadStore): { readonly failed: number; readonly overdue: number } {
  return db.get<{ failed: number; overdue: number }>(sql`
    SELECT (SELECT count(*) FROM (SELECT status FROM notice ORDER BY id DESC LIMIT ${LOOKED_MAX}) WHERE status = 'failed')
        AS failed,
      (SELECT count(*) FROM notice WHERE status = 'pending') AS overdue`);
}
