import { sql } from "drizzle-orm";
import type { ReadStore } from "./once-per-store.ts";

/** Runs that are looked through for those of the same workflow: no index leads to them (docs/decisions/002). */
const LOOKED_MAX = 2_000;
const DURATIONS_MAX = 10;

/** What the last runs of a workflow that succeeded took, in milliseconds, the oldest first; before a run, if one is given. */
export function listLastDurations({ db }: ReadStore, workflow: string, beforeRun?: number): number[] {
  const before = beforeRun === undefined ? sql`TRUE` : sql`id < ${beforeRun}`;
  return db
    .all<{ ms: number }>(sql`
      SELECT finished_at - started_at AS ms FROM (SELECT * FROM run WHERE ${before} ORDER BY id DESC LIMIT ${LOOKED_MAX})
      WHERE workflow = ${workflow} AND status = 'succeeded' ORDER BY id DESC LIMIT ${DURATIONS_MAX}`)
    .map(({ ms }) => ms)
    .reverse();
}
