import { sql } from "drizzle-orm";
import type { ReadStore } from "./once-per-store.ts";

/** By how many milliseconds the newest records are ahead of `now`: the clock was set back since. 0: they are not. */
export function findClockAhead({ db }: ReadStore, now: number): number {
  const { newest } = db.get<{ newest: number | null }>(sql`
    SELECT max(at) AS newest FROM (
      SELECT at FROM (SELECT at FROM event ORDER BY id DESC LIMIT 1)
      UNION ALL SELECT max(cursor_at) FROM schedule WHERE removed_at IS NULL)`);
  return newest === null ? 0 : Math.max(0, newest - now);
}
