import { sql } from "drizzle-orm";
import type { ReadStore } from "./once-per-store.ts";

export interface NextSlot {
  readonly workflow: string;
  readonly schedule: string;
  readonly at: number;
}

/** The next instants at which schedules are due, one for each that is neither paused by then nor removed. */
export function listNextSlots({ db }: ReadStore, limit: number): NextSlot[] {
  return db.all<NextSlot>(sql`
    SELECT workflow, name AS schedule, next_at AS at FROM schedule
    WHERE removed_at IS NULL AND next_at IS NOT NULL AND (paused_until IS NULL OR paused_until <= next_at)
    ORDER BY next_at LIMIT ${limit}`);
}

export function findNextSlot(store: ReadStore): NextSlot | undefined {
  return listNextSlots(store, 1)[0];
}
