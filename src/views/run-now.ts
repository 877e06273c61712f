import { sql } from "drizzle-orm";
import { RUN_ROWS_MAX } from "../core/limits.ts";
import type { RunLine } from "./list-runs.ts";
import type { ReadStore } from "./once-per-store.ts";
import { listOpenDescendants } from "./related-runs.ts";

/** What a run of a list is about just now, in a few words. They hold names and messages of others. */
export function describeRunNow(store: ReadStore, line: RunLine): string {
  switch (line.status) {
    case "waiting":
      return listOpenGates(store, line.run).join(" ");
    case "running":
      return [...listOpenGates(store, line.run), describeRunning(store, line.run)].join(" ");
    case "failed":
      return describeFailed(store, line.run) ?? line.reason ?? "";
    case "interrupted":
    case "paused":
      return `resume ${line.run}`;
    default:
      return line.reason ?? "";
  }
}

const GATES_MAX = 3;

/** Of the run, and of those below it. */
function listOpenGates(store: ReadStore, run: number): string[] {
  const runs = JSON.stringify([run, ...listOpenDescendants(store, run).map((each) => each.run)]);
  const rows = store.db.all<{ run: number; number: number }>(sql`
    SELECT run_id AS run, number FROM checkpoint WHERE status = 'open' AND run_id IN (SELECT value FROM json_each(${runs}))
    ORDER BY run_id, number LIMIT ${GATES_MAX}`);
  return rows.map((row) => `${row.run}.${row.number}`);
}

interface NamedRow {
  readonly name: string;
  readonly item: number | null;
}

function describeRunning({ db }: ReadStore, run: number): string {
  const rows = db.all<NamedRow & { count: number }>(sql`
    SELECT dt.name, min(t.item) AS item, count(*) AS count ${fromTasks(run)} AND t.status = 'running'
    GROUP BY dt.idx LIMIT 2`);
  return rows.map((row) => (row.count > 1 ? `${row.count} at ${row.name}` : row.name)).join(", ");
}

function describeFailed({ db }: ReadStore, run: number): string | undefined {
  const found = db.get<(NamedRow & { error: string | null }) | undefined>(sql`
    SELECT dt.name, t.item, (SELECT a.error FROM attempt a WHERE a.task_id = t.id ORDER BY a.id DESC LIMIT 1) AS error
    ${fromTasks(run)} AND t.status = 'failed' AND coalesce(t.items_count, 0) = 0 ORDER BY t.id LIMIT 1`);
  if (found === undefined) return undefined;
  const { message }: { message?: string } = found.error === null ? {} : JSON.parse(found.error);
  return `${found.item === null ? found.name : `[${found.item}]`}: ${message ?? "failed"}`;
}

function fromTasks(run: number) {
  return sql`FROM task t JOIN run r ON r.id = t.run_id
    JOIN definition_task dt ON dt.definition_id = r.definition_id AND dt.idx = coalesce(t.parent_id, t.id) % ${RUN_ROWS_MAX}
    LEFT JOIN task p ON p.id = t.parent_id
    WHERE t.id >= ${run * RUN_ROWS_MAX} AND t.id < ${(run + 1) * RUN_ROWS_MAX}
      AND (p.id IS NULL OR (t.idx >= p.items_base AND t.idx < p.items_base + p.items_count))`;
}
