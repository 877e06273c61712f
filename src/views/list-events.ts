import { and, asc, gt, type SQL, sql } from "drizzle-orm";
import type { EventView } from "../core/event-view.ts";
import { RUN_ROWS_MAX } from "../core/limits.ts";
import { parseFacts } from "../store/event-rows.ts";
import { event } from "../store/schema.ts";
import type { ReadStore } from "./once-per-store.ts";

export interface EventFilter {
  /** Only facts with a larger seq. */
  readonly after?: number;
  readonly run?: number;
  readonly isWanted?: (kind: string) => boolean;
  /** Rows that are read at most; one row may hold many facts. */
  readonly rowsMax?: number;
}

const ROWS_DEFAULT = 1_000;

/** Facts in order. `next` is the `after` with which the next page begins. */
export function listEvents(store: ReadStore, filter: EventFilter = {}): { events: EventView[]; next: number } {
  const after = filter.after ?? 0;
  const tests: SQL[] = [gt(event.id, after)];
  if (filter.run !== undefined) tests.push(sql`(${event.runId} = ${filter.run} OR ${event.runId} IS NULL)`);
  const rows = store.db
    .select()
    .from(event)
    .where(and(...tests))
    .orderBy(asc(event.id))
    .limit(filter.rowsMax ?? ROWS_DEFAULT)
    .all();
  const events = rows
    .flatMap((row) => expandRow(store, row))
    .filter((fact) => filter.run === undefined || fact.run === filter.run)
    .filter((fact) => fact.seq > after && filter.isWanted?.(fact.kind) !== false);
  return { events, next: rows.at(-1)?.id ?? after };
}

/** The number of the newest fact; 0: there is none. */
export function findLastSeq({ db }: ReadStore): number {
  return db.get<{ seq: number | null }>(sql`SELECT max(id) AS seq FROM event`).seq ?? 0;
}

interface NamedTask {
  readonly id: number;
  readonly name: string;
  readonly item: number | null;
}

/** One event for each task of each fact. A row's id is the seq of its last event. */
function expandRow(store: ReadStore, row: typeof event.$inferSelect): EventView[] {
  const single = parseFacts(row.data, row.runId).flatMap(({ kind, run, task, tasks, data = {} }) => {
    const indices = tasks ?? [task];
    return indices.map((idx) => ({ kind, run, data, taskId: toTaskId(run, idx) }));
  });
  const names = nameTasks(store, single);
  return single.map(({ kind, run, data, taskId }, place) => {
    const named = taskId === undefined ? undefined : names.get(taskId);
    const seq = row.id - (single.length - 1 - place);
    return { seq, at: row.at, run, kind, task: named?.name ?? null, index: named?.item ?? null, data };
  });
}

function toTaskId(run: number | null, idx: number | undefined): number | undefined {
  return run === null || idx === undefined ? undefined : run * RUN_ROWS_MAX + idx;
}

function nameTasks(
  store: ReadStore,
  facts: readonly { readonly taskId: number | undefined }[],
): Map<number, NamedTask> {
  const ids = [...new Set(facts.map(({ taskId }) => taskId).filter((id) => id !== undefined))];
  if (ids.length === 0) return new Map();
  const rows = store.db.all<NamedTask>(sql`
    SELECT t.id, t.item, d.name FROM json_each(${JSON.stringify(ids)}) AS j
    JOIN task AS t ON t.id = j.value
    JOIN run AS r ON r.id = t.run_id
    JOIN definition_task AS d ON d.definition_id = r.definition_id AND d.idx = coalesce(t.parent_id % ${RUN_ROWS_MAX}, t.idx)`);
  return new Map(rows.map((row) => [row.id, row]));
}
