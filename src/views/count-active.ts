import { sql } from "drizzle-orm";
import type { ReadStore } from "./once-per-store.ts";

/** Runs among which those that an engine executes are looked for: no index has them (schema.ts). */
const NEWEST = 1_000;

/** How many runs have begun or wait to begin, or wait for a decision, and have not ended. */
export function countActiveRuns({ db }: ReadStore): number {
  const { count } = db.get<{ count: number }>(sql`
    SELECT (SELECT count(*) FROM run WHERE status = 'queued')
      + (SELECT count(*) FROM run WHERE status = 'waiting' OR status = 'paused')
      + (SELECT count(*) FROM (SELECT status FROM run ORDER BY id DESC LIMIT ${NEWEST}) WHERE status = 'running') AS count`);
  return count;
}
