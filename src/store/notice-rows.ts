import type { Store } from "./open-store.ts";
import { getTaskId, TASK_ROWS_PER_RUN } from "./task-id.ts";

export type NoticeKind = "failed" | "succeeded" | "checkpoint" | "late";

export interface NewNotice {
  readonly channel: string;
  readonly kind: NoticeKind;
  /** What it tells of: told once to a channel. */
  readonly subject: string;
  /** JSON of the message. */
  readonly body: string;
  readonly createdAt: number;
}

export interface DueNotice {
  readonly id: number;
  readonly channel: string;
  readonly kind: NoticeKind;
  readonly body: string;
  readonly tries: number;
  readonly dueAt: number;
  readonly createdAt: number;
}

/** A row of the event log, as it is stored. */
export interface EventRow {
  readonly id: number;
  readonly at: number;
  readonly runId: number | null;
  readonly data: string;
}

/** `notice` and `reader`: what is told to channels, and how far the event log was read for it. */
export interface NoticeRows {
  /** Up to which event a reader has come; undefined: it never read. */
  findCursor(reader: string): number | undefined;
  setCursor(reader: string, seq: number): void;
  newestEvent(): number;
  /** Rows with one of these kinds in them, after `after` and up to `upTo`, in order. May hold others beside them. */
  listEvents(after: number, upTo: number, limit: number): EventRow[];
  /** What is told of a run; undefined where it was removed. Cheap: it is asked of every run that ends. */
  findRun(id: number): { readonly run: number; readonly workflow: string; readonly definitionId: number } | undefined;
  /** Failed tasks of a run as people name them: `load`, `load[3]`. */
  listFailedTasks(runId: number, limit: number): string[];
  /** False where the channel was told of it before. */
  insert(notice: NewNotice): boolean;
  /** Of one channel, those that were due first first. */
  listDue(channel: string, now: number, limit: number): DueNotice[];
  /** Of channels that are none of these. */
  listDueElsewhere(channels: readonly string[], now: number, limit: number): DueNotice[];
  /** Counts a try and keeps others from it until then. False where another daemon was faster. */
  claim(notice: DueNotice, untilAt: number): boolean;
  markDelivered(id: number, at: number): void;
  /** To be tried again. */
  postpone(id: number, dueAt: number, error: string): void;
  markFailed(id: number, error: string): void;
  /** Forgets what was told, or given up, before this instant. */
  removeOlder(at: number): number;
}

/** The kinds of facts that notices are made of. */
export const TOLD_KINDS = ["run.failed", "run.succeeded", "checkpoint.opened", "slot.late", "slot.missed"] as const;

export function createNoticeRows({ sqlite }: Store): NoticeRows {
  const cursor = sqlite.prepare<[string], number>("SELECT seq FROM reader WHERE name = ?").pluck();
  const setCursor = sqlite.prepare(
    "INSERT INTO reader (name, seq) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET seq = max(seq, excluded.seq)",
  );
  const newest = sqlite.prepare<[], number>("SELECT coalesce(max(id), 0) FROM event").pluck();
  const holds = TOLD_KINDS.map((kind) => `instr(data, '"${kind}"')`).join(" OR ");
  const events = sqlite.prepare<[number, number, number], EventRow>(
    `SELECT id, at, run_id AS runId, data FROM event WHERE id > ? AND id <= ? AND (${holds}) ORDER BY id LIMIT ?`,
  );
  const failed = sqlite
    .prepare<[number, number, number], string>(
      `SELECT d.name || coalesce('[' || t.item || ']', '') FROM task AS t
       JOIN run AS r ON r.id = t.run_id
       JOIN definition_task AS d ON d.definition_id = r.definition_id
         AND d.idx = coalesce(t.parent_id % ${TASK_ROWS_PER_RUN}, t.idx)
       WHERE t.id BETWEEN ? AND ? AND t.status = 'failed' ORDER BY t.id LIMIT ?`,
    )
    .pluck();
  const run = sqlite.prepare<[number], { run: number; workflow: string; definitionId: number }>(
    "SELECT id AS run, workflow, definition_id AS definitionId FROM run WHERE id = ?",
  );
  return {
    findRun: (id) => run.get(id),
    findCursor: (reader) => cursor.get(reader),
    setCursor: (reader, seq) => void setCursor.run(reader, seq),
    newestEvent: () => newest.get() ?? 0,
    listEvents: (after, upTo, limit) => events.all(after, upTo, limit),
    listFailedTasks: (runId, limit) => failed.all(getTaskId(runId, 0), getTaskId(runId + 1, 0) - 1, limit),
    ...createQueue(sqlite),
  };
}

function createQueue(sqlite: Store["sqlite"]) {
  const insert = sqlite.prepare<[NewNotice]>(
    `INSERT INTO notice (channel, kind, subject, body, due_at, created_at)
     VALUES (@channel, @kind, @subject, @body, @createdAt, @createdAt) ON CONFLICT DO NOTHING`,
  );
  // By the index of what waits, whatever the planner thinks: that of the channel has all that it was ever told.
  const select = `SELECT id, channel, kind, body, tries, due_at AS dueAt, created_at AS createdAt FROM notice
     INDEXED BY notice_pending WHERE status = 'pending' AND due_at <= ?`;
  const due = sqlite.prepare<[number, string, number], DueNotice>(
    `${select} AND channel = ? ORDER BY due_at, id LIMIT ?`,
  );
  const elsewhere = sqlite.prepare<[number, string, number], DueNotice>(
    `${select} AND channel NOT IN (SELECT value FROM json_each(?)) ORDER BY due_at, id LIMIT ?`,
  );
  const claim = sqlite.prepare<[number, number, number]>(
    "UPDATE notice SET tries = tries + 1, due_at = ? WHERE id = ? AND status = 'pending' AND due_at = ?",
  );
  const delivered = sqlite.prepare<[number, number]>(
    "UPDATE notice SET status = 'delivered', due_at = NULL, delivered_at = ?, error = NULL WHERE id = ?",
  );
  const postpone = sqlite.prepare<[number, string, number]>(
    "UPDATE notice SET due_at = ?, error = ? WHERE id = ? AND status = 'pending'",
  );
  const failed = sqlite.prepare<[string, number]>(
    "UPDATE notice SET status = 'failed', due_at = NULL, error = ? WHERE id = ? AND status = 'pending'",
  );
  const remove = sqlite.prepare<[number]>("DELETE FROM notice WHERE status <> 'pending' AND created_at < ?");
  return {
    insert: (notice: NewNotice) => insert.run(notice).changes > 0,
    listDue: (channel: string, now: number, limit: number) => due.all(now, channel, limit),
    listDueElsewhere: (channels: readonly string[], now: number, limit: number) =>
      elsewhere.all(now, JSON.stringify(channels), limit),
    claim: ({ id, dueAt }: DueNotice, untilAt: number) => claim.run(untilAt, id, dueAt).changes > 0,
    markDelivered: (id: number, at: number) => void delivered.run(at, id),
    postpone: (id: number, dueAt: number, error: string) => void postpone.run(dueAt, error, id),
    markFailed: (id: number, error: string) => void failed.run(error, id),
    removeOlder: (at: number) => remove.run(at).changes,
  };
}
