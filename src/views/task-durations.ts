import { sql } from "drizzle-orm";
import { RUN_ROWS_MAX } from "../core/limits.ts";
import type { ReadStore } from "./once-per-store.ts";

/** Runs that count, the newest ones: enough for a median, and a change of the task shows soon. */
const RUNS_MAX = 20;
/** Rows that are read at most: with 100,000 tasks in a run, two runs have to do. */
const ROWS_MAX = 200_000;

/** The median time that each task took in the newest runs of a workflow, by the task's name. */
export function readTaskMedians({ db }: ReadStore, workflow: string): Map<string, number> {
  const rows = db.all<{ name: string; ms: number }>(sql`
    WITH newest AS (
      SELECT r.id, r.definition_id, sum(d.task_count) OVER (ORDER BY r.id DESC) AS rows_so_far, d.task_count
      FROM run r JOIN definition d ON d.id = r.definition_id
      WHERE r.workflow = ${workflow} AND r.finished_at IS NOT NULL ORDER BY r.id DESC LIMIT ${RUNS_MAX}
    )
    SELECT dt.name AS name, t.finished_at - t.started_at AS ms
    FROM newest n
    JOIN task t ON t.id >= n.id * ${RUN_ROWS_MAX} AND t.id < n.id * ${RUN_ROWS_MAX} + n.task_count
    JOIN definition_task dt ON dt.definition_id = n.definition_id AND dt.idx = t.idx
    WHERE n.rows_so_far <= max(${ROWS_MAX}, n.task_count)
      AND t.status = 'succeeded' AND t.started_at IS NOT NULL`);
  const durationsOf = new Map<string, number[]>();
  for (const { name, ms } of rows) {
    const known = durationsOf.get(name);
    if (known === undefined) durationsOf.set(name, [ms]);
    else known.push(ms);
  }
  return new Map(Array.from(durationsOf, ([name, durations]) => [name, findMedian(durations)]));
}

function findMedian(durations: number[]): number {
  durations.sort((one, other) => one - other);
  const middle = durations.length >> 1;
  const upper = durations[middle] ?? 0;
  return durations.length % 2 === 1 ? upper : ((durations[middle - 1] ?? 0) + upper) / 2;
}
