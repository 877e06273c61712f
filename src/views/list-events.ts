import { and, asc, eq, gt, type SQL } from "drizzle-orm";
import { event } from "../store/schema.ts";
import type { ReadStore } from "./once-per-store.ts";

/** One fact. `seq` rises by one from fact to fact over the whole file: who has read up to one continues there. */
export interface EventView {
  readonly seq: number;
  readonly at: number;
  readonly run: number | null;
  readonly kind: string;
  readonly task: string | null;
  readonly index: number | null;
  /** What else the fact says. */
  readonly data: Readonly<Record<string, unknown>>;
}

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
export function listEvents({ db }: ReadStore, filter: EventFilter = {}): { events: EventView[]; next: number } {
  const after = filter.after ?? 0;
  const tests: SQL[] = [gt(event.id, after)];
  if (filter.run !== undefined) tests.push(eq(event.runId, filter.run));
  const rows = db
    .select()
    .from(event)
    .where(and(...tests))
    .orderBy(asc(event.id))
    .limit(filter.rowsMax ?? ROWS_DEFAULT)
    .all();
  const events = rows
    .flatMap(expandFacts)
    .filter((fact) => fact.seq > after && (filter.kinds === undefined || filter.kinds.includes(fact.kind)));
  return { events, next: rows.at(-1)?.id ?? after };
}

/** A row's id is the seq of its last fact. */
function expandFacts(row: typeof event.$inferSelect): EventView[] {
  const facts: { kind: string; task?: string; item?: number }[] = JSON.parse(row.data);
  return facts.map(({ kind, task, item, ...data }, place) => ({
    seq: row.id - (facts.length - 1 - place),
    at: row.at,
    run: row.runId,
    kind,
    task: task ?? null,
    index: item ?? null,
    data,
  }));
}
