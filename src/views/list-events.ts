import { and, asc, eq, gt, type SQL, sql } from "drizzle-orm";
import type { EventView } from "../core/event-view.ts";
import { RUN_ROWS_MAX } from "../core/limits.ts";
import { event } from "../store/schema.ts";
import type { ReadStore } from "./once-per-store.ts";

export interface EventFilter {
  /** Only facts with a larger seq. */
  readonly after?: number;
  readonly run?: number;
  readonly kinds?: readonly string[];
  /** Rows that are read at most; one row may hold many facts. */
  readonly rowsMax?: number;
}

const ROWS_DEFAULT = 1_000;

/** Facts in order. `next` is the `after` with which the next page begins. */
export function listEvents(store: ReadStore, filter: EventFilter = {}): { events: EventView[]; next: number } {
  const after = filter.after ?? 0;
  const tests: SQL[] = [gt(event.id, after)];
  if (filter.run !== undefined) tests.push(eq(event.runId, filter.run));
  const rows = store.db
    .select()
    .from(event)
    .where(and(...tests))
    .orderBy(asc(event.id))
    .limit(filter.rowsMax ?? ROWS_DEFAULT)
    .all();
  const events = rows
    .flatMap((row) => expandRow(store, row))
    .filter((fact) => fact.seq > after && (filter.kinds === undefined || filter.kinds.includes(fact.kind)));
  return { events, next: rows.at(-1)?.id ?? after };
}

interface SavedFact {
  readonly kind: string;
  readonly task?: number;
  readonly tasks?: readonly number[];
  readonly data?: Readonly<Record<string, unknown>>;
}

interface NamedTask {
  readonly idx: number;
  readonly name: string;
  readonly item: number | null;
}

/** One event for each task of each fact. A row's id is the seq of its last event. */
function expandRow(store: ReadStore, row: typeof event.$inferSelect): EventView[] {
  const facts: SavedFact[] = JSON.parse(row.data);
  const single = facts.flatMap(({ kind, task, tasks, data = {} }) =>
    tasks === undefined ? [{ kind, idx: task, data }] : tasks.map((idx) => ({ kind, idx, data })),
  );
  const names = row.runId === null ? new Map<number, NamedTask>() : nameTasks(store, row.runId, single);
  return single.map(({ kind, idx, data }, place) => {
    const named = idx === undefined ? undefined : names.get(idx);
    const seq = row.id - (single.length - 1 - place);
    return { seq, at: row.at, run: row.runId, kind, task: named?.name ?? null, index: named?.item ?? null, data };
  });
}

function nameTasks(
  store: ReadStore,
  runId: number,
  facts: readonly { idx: number | undefined }[],
): Map<number, NamedTask> {
  const indices = [...new Set(facts.map(({ idx }) => idx).filter((idx) => idx !== undefined))];
  if (indices.length === 0) return new Map();
  const ids = JSON.stringify(indices.map((idx) => runId * RUN_ROWS_MAX + idx));
  const rows = store.db.all<NamedTask>(sql`
    SELECT t.idx, t.item, d.name FROM json_each(${ids}) AS j
    JOIN task AS t ON t.id = j.value
    JOIN run AS r ON r.id = t.run_id
    JOIN definition_task AS d ON d.definition_id = r.definition_id AND d.idx = coalesce(t.parent_id % ${RUN_ROWS_MAX}, t.idx)`);
  return new Map(rows.map((row) => [row.idx, row]));
}
