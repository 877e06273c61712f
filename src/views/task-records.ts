import { and, eq, gte, lt, sql } from "drizzle-orm";
import type { ErrorValue } from "../core/errors.ts";
import { RUN_ROWS_MAX } from "../core/limits.ts";
import type { AttemptStatus, TaskReason, TaskStatus } from "../core/task-status.ts";
import { attempt, task, value } from "../store/schema.ts";
import { oncePerStore, type ReadStore } from "./once-per-store.ts";

/** One row of a run's tasks; of an instance, `item` is its place in the list. Instants are milliseconds since 1970. */
export interface TaskRecord {
  readonly id: number;
  readonly idx: number;
  readonly parentId: number | null;
  readonly item: number | null;
  readonly layer: number;
  readonly status: TaskStatus;
  readonly reason: TaskReason | null;
  readonly generation: number;
  readonly attempt: number;
  readonly wakeAt: number | null;
  readonly outputJson: string | null;
  readonly listId: number | null;
  /** Of an expanded map: where its instances begin in the run's rows, and their number. */
  readonly itemsBase: number | null;
  readonly itemsCount: number | null;
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
}

export interface AttemptView {
  readonly number: number;
  readonly generation: number;
  readonly status: AttemptStatus;
  readonly error: ErrorValue | null;
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
  readonly durationMs: number | null;
  readonly logBytes: number | null;
  readonly logCut: number | null;
}

const ofRun = and(gte(task.id, sql.placeholder("from")), lt(task.id, sql.placeholder("until")));

const statements = oncePerStore(({ db }) => ({
  tasks: db
    .select({
      id: task.id,
      idx: task.idx,
      parentId: task.parentId,
      item: task.item,
      layer: task.layer,
      status: task.status,
      reason: task.reason,
      generation: task.generation,
      attempt: task.attempt,
      wakeAt: task.wakeAt,
      outputJson: sql<string | null>`coalesce(${task.output}, ${value.json})`,
      listId: task.listId,
      itemsBase: task.itemsBase,
      itemsCount: task.itemsCount,
      startedAt: task.startedAt,
      finishedAt: task.finishedAt,
    })
    .from(task)
    .leftJoin(value, eq(value.id, task.outputId))
    .where(ofRun)
    .orderBy(task.id)
    .prepare(),
  attempts: db
    .select()
    .from(attempt)
    .where(and(gte(attempt.taskId, sql.placeholder("from")), lt(attempt.taskId, sql.placeholder("until"))))
    .orderBy(attempt.taskId, attempt.generation, attempt.number)
    .prepare(),
  list: db
    .select({ json: value.json })
    .from(value)
    .where(eq(value.id, sql.placeholder("listId")))
    .prepare(),
}));

/** All rows of a run in the order of their index: declared tasks by layer, then instances. */
export function listTaskRecords(store: ReadStore, runId: number): TaskRecord[] {
  return statements(store).tasks.all(toIdRange(runId));
}

/** The attempts of a run that have a row of their own, by the task's id. A first success has none. */
export function readAttemptRows(store: ReadStore, runId: number): Map<number, AttemptView[]> {
  const byTask = new Map<number, AttemptView[]>();
  for (const row of statements(store).attempts.all(toIdRange(runId))) {
    const view: AttemptView = {
      number: row.number,
      generation: row.generation,
      status: row.status,
      error: row.error === null ? null : JSON.parse(row.error),
      startedAt: row.startedAt,
      finishedAt: row.finishedAt,
      durationMs: subtract(row.finishedAt, row.startedAt),
      logBytes: row.logBytes,
      logCut: row.logCut,
    };
    const known = byTask.get(row.taskId);
    if (known === undefined) byTask.set(row.taskId, [view]);
    else known.push(view);
  }
  return byTask;
}

/** The names that people see of a map's instances, in the order of the list, or null where it has none. */
export function readItemLabels(store: ReadStore, listId: number): readonly string[] | null {
  const found = statements(store).list.get({ listId });
  return found === undefined ? null : (JSON.parse(found.json).labels ?? null);
}

/** Attempts of a task: those with a row, then the one that the task's own row stands for. */
export function joinAttempts(record: TaskRecord, rows: readonly AttemptView[]): readonly AttemptView[] {
  const { attempt: number, generation, status, startedAt, finishedAt } = record;
  if (number === 0 || (status !== "running" && status !== "succeeded")) return rows;
  if (rows.some((row) => row.generation === generation && row.number === number)) return rows;
  const own = { number, generation, status, error: null, startedAt, finishedAt, logBytes: null, logCut: null };
  return [...rows, { ...own, durationMs: subtract(finishedAt, startedAt) }];
}

function toIdRange(runId: number): { from: number; until: number } {
  return { from: runId * RUN_ROWS_MAX, until: (runId + 1) * RUN_ROWS_MAX };
}

function subtract(end: number | null, start: number | null): number | null {
  return end === null || start === null ? null : Math.max(0, end - start);
}

/** The index in the spec of a task, or of the map of an instance. */
export function toDeclaredIndex(task: TaskRecord): number {
  return task.parentId === null ? task.idx : task.parentId % RUN_ROWS_MAX;
}
