import { type SQL, sql } from "drizzle-orm";
import type { CheckpointKind } from "../core/checkpoint-status.ts";
import type { Risk } from "../core/workflow-spec.ts";
import { toCheckpointName } from "./list-checkpoints.ts";
import type { ReadStore } from "./once-per-store.ts";

/** One line of the inbox: an open checkpoint. `cursor` says where it stands in the order that was asked for. */
export interface InboxLine {
  readonly rowId: number;
  readonly id: string;
  readonly run: number | null;
  readonly number: number;
  readonly workflow: string | null;
  readonly kind: CheckpointKind;
  readonly message: string;
  readonly risk: Risk;
  readonly hash: string;
  readonly createdAt: number;
  readonly expiresAt: number | null;
  readonly onTimeout: "hold" | "approve" | "reject";
  readonly cursor: InboxCursor;
}

export interface InboxCursor {
  readonly key: number;
  readonly rowId: number;
}

/** `due`: what ends soonest first; `age`: what waits longest; `risk`: what is riskiest. */
export const INBOX_SORTS = ["due", "age", "risk"] as const;
export type InboxSort = (typeof INBOX_SORTS)[number];

export interface InboxFilter {
  readonly sort: InboxSort;
  /** Part of the message, the workflow or the number; any case. */
  readonly text?: string;
  readonly workflow?: string;
  /** Begins with the line at this cursor. */
  readonly from?: InboxCursor;
  /** Ends just before the line at this cursor, and holds those nearest to it. */
  readonly before?: InboxCursor;
  readonly limit: number;
}

/** Later than all instants: what never ends is due last. */
const NEVER = 8_640_000_000_000_001;

const SORT_KEYS: Readonly<Record<InboxSort, SQL>> = {
  due: sql`coalesce(c.expires_at, ${sql.raw(String(NEVER))})`,
  age: sql`c.created_at`,
  risk: sql`(CASE c.risk WHEN 'high' THEN 0 WHEN 'medium' THEN 1 ELSE 2 END)`,
};

type Row = Omit<InboxLine, "cursor" | "id"> & { readonly key: number };

/** A page of open checkpoints by keyset: its cost does not grow with the page's place. */
export function listInbox({ db }: ReadStore, filter: InboxFilter): InboxLine[] {
  const key = SORT_KEYS[filter.sort];
  const { from, before } = filter;
  const tests = listTests(filter);
  if (from !== undefined) tests.push(sql`(${key}, c.id) >= (${from.key}, ${from.rowId})`);
  if (before !== undefined) tests.push(sql`(${key}, c.id) < (${before.key}, ${before.rowId})`);
  const direction = before === undefined ? sql`ASC` : sql`DESC`;
  const rows = db.all<Row>(sql`
    SELECT c.id AS rowId, c.run_id AS run, c.number, r.workflow, c.kind, c.message, c.risk, c.hash,
      c.created_at AS createdAt, c.expires_at AS expiresAt, c.on_timeout AS onTimeout, ${key} AS key
    FROM checkpoint c LEFT JOIN run r ON r.id = c.run_id
    WHERE ${sql.join(tests, sql` AND `)}
    ORDER BY key ${direction}, c.id ${direction} LIMIT ${filter.limit}`);
  const lines = rows.map(toLine);
  return before === undefined ? lines : lines.reverse();
}

/** How many are open, and how many of them pass the filter. */
export function countInbox(
  { db }: ReadStore,
  filter: Pick<InboxFilter, "text" | "workflow">,
): { readonly total: number; readonly passing: number } {
  const { total } = db.get<{ total: number }>(sql`SELECT count(*) AS total FROM checkpoint c WHERE c.status = 'open'`);
  if (filter.text === undefined && filter.workflow === undefined) return { total, passing: total };
  const { passing } = db.get<{ passing: number }>(sql`
    SELECT count(*) AS passing FROM checkpoint c LEFT JOIN run r ON r.id = c.run_id
    WHERE ${sql.join(listTests(filter), sql` AND `)}`);
  return { total, passing };
}

/** All open checkpoints of one workflow as one line. `workflow` is null for questions without a run. */
export interface InboxGroup {
  readonly workflow: string | null;
  readonly count: number;
  readonly highCount: number;
  readonly mediumCount: number;
  readonly oldestAt: number;
  readonly nextExpiryAt: number | null;
}

/** Workflows that wait, those with the most first. */
export function listInboxGroups({ db }: ReadStore, limit: number, offset = 0): InboxGroup[] {
  return db.all<InboxGroup>(sql`
    SELECT r.workflow AS workflow, count(*) AS count, sum(c.risk = 'high') AS highCount,
      sum(c.risk = 'medium') AS mediumCount, min(c.created_at) AS oldestAt, min(c.expires_at) AS nextExpiryAt
    FROM checkpoint c LEFT JOIN run r ON r.id = c.run_id
    WHERE c.status = 'open' GROUP BY r.workflow ORDER BY count DESC, r.workflow LIMIT ${limit} OFFSET ${offset}`);
}

/** The partial index of open checkpoints is used only where the status is a literal. */
function listTests({ text, workflow }: Pick<InboxFilter, "text" | "workflow">): SQL[] {
  const tests = [sql`c.status = 'open'`];
  if (workflow !== undefined) tests.push(sql`r.workflow = ${workflow}`);
  if (text !== undefined && text !== "") {
    const pattern = `%${text.replace(/[\\%_]/g, "\\$&")}%`;
    const name = sql`coalesce(c.run_id || '.', 'ask-') || c.number`;
    tests.push(
      sql`(c.message LIKE ${pattern} ESCAPE '\\' OR r.workflow LIKE ${pattern} ESCAPE '\\' OR ${name} LIKE ${pattern} ESCAPE '\\')`,
    );
  }
  return tests;
}

function toLine({ key, ...row }: Row): InboxLine {
  return { ...row, id: toCheckpointName(row.run, row.number), cursor: { key, rowId: row.rowId } };
}
