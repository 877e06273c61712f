import { sql } from "drizzle-orm";
import { RUN_ROWS_MAX } from "../core/limits.ts";
import type { TaskStatus } from "../core/task-status.ts";
import type { ReadStore } from "./once-per-store.ts";

/** What a task gave, as far as it was read. */
export interface SeenOutput {
  /** JSON text; null: none. Of a map the list of what its instances gave, null for one that gave nothing. */
  readonly outputJson: string | null;
  /** Of such a list: how many items it has, and how many of them, from the first on, were read. Null: it is none. */
  readonly items: SeenItems | null;
}

export interface SeenItems {
  readonly count: number;
  readonly shown: number;
}

export function isCut(items: SeenItems | null): items is SeenItems {
  return items !== null && items.shown < items.count;
}

/** The columns of a task's row that hold its output. */
export interface OutputColumns {
  readonly status: TaskStatus;
  readonly outputJson: string | null;
  readonly itemsBase: number | null;
  readonly itemsCount: number | null;
}

/** Items that are read at most, of all the maps together, where not all are asked for. */
const ITEMS_MAX = 1_000;
/** Characters of one map's list that are read then: more than a screen looks at. */
const CHARS_MAX = 64 * 1024;

/**
 * What the tasks of these rows of one run gave, in their order. The output of a map is stored with its instances only:
 * `isWhole` reads it to its end, else as much as a screen shows.
 */
export function readOutputs(
  store: ReadStore,
  runId: number,
  rows: readonly OutputColumns[],
  isWhole: boolean,
): SeenOutput[] {
  const none = Number.POSITIVE_INFINITY;
  const share = Math.ceil(ITEMS_MAX / Math.max(1, rows.filter(isMap).length));
  const limits = isWhole ? { items: none, chars: none } : { items: share, chars: CHARS_MAX };
  return rows.map((row) => {
    if (!isMap(row)) return { outputJson: row.outputJson, items: null };
    const items = readItems(store, runId * RUN_ROWS_MAX + row.itemsBase, row.itemsCount, limits);
    return { outputJson: `[${items.join(",")}]`, items: { count: row.itemsCount, shown: items.length } };
  });
}

/** One that was expanded, and whose list no edit has replaced. */
function isMap(row: OutputColumns): row is OutputColumns & { itemsBase: number; itemsCount: number } {
  return row.status === "succeeded" && row.outputJson === null && row.itemsBase !== null;
}

/** Rows that are read with one statement. */
const PART = 100;

function readItems({ db }: ReadStore, from: number, count: number, max: { items: number; chars: number }): string[] {
  const until = from + Math.min(count, max.items);
  const items: string[] = [];
  let chars = 0;
  for (let first = from; first < until; first += PART) {
    const rows = db.all<{ json: string | null }>(sql`
      SELECT coalesce(t.output, v.json) AS json FROM task AS t LEFT JOIN value AS v ON v.id = t.output_id
      WHERE t.id >= ${first} AND t.id < ${Math.min(until, first + PART)} ORDER BY t.id`);
    for (const { json } of rows) {
      if (chars > max.chars) return items;
      items.push(json ?? "null");
      chars += json?.length ?? 0;
    }
  }
  return items;
}
