import { eq, sql } from "drizzle-orm";
import { assert, NotFoundError } from "../core/errors.ts";
import type { SavedRun } from "../core/restore-run.ts";
import type { RunState } from "../core/run-state.ts";
import type { RunIntent, RunStatus } from "../core/run-status.ts";
import { createGiveUp } from "./give-up-run.ts";
import type { Store } from "./open-store.ts";
import { createRunInserts, type NewRunRow } from "./run-inserts.ts";
import { createRunWrites, RunLostError } from "./run-writes.ts";
import { run } from "./schema.ts";
import { getTaskId } from "./task-id.ts";
import type { ValueRows } from "./value-rows.ts";

export interface RunRow {
  readonly id: number;
  readonly definitionId: number;
  readonly workflow: string;
  readonly status: RunStatus;
  readonly intent: RunIntent;
  readonly engineId: number | null;
  readonly mode: "foreground" | "detached";
  readonly reason: string | null;
  readonly file: string | null;
  readonly export: string | null;
  readonly cwd: string;
  readonly codeHash: string | null;
  readonly parentTaskId: number | null;
  readonly parkedAt: number | null;
  /** Rows of it in `task`; 0 or less once it was pruned. */
  readonly rowCount: number;
  readonly inputJson: string;
}

/** `run`: one row each. The owner writes it; others write `intent` only, or the whole while nobody owns it. */
export interface RunRows {
  /** The id that the next run gets; inside the transaction that inserts it. */
  nextId(): number;
  insertAll(rows: readonly NewRunRow[]): void;
  /** Writes what has changed; throws `RunLostError` where another engine owns it (fencing). */
  saveAll(states: readonly RunState[]): void;
  /** Throws `RunLostError` where one is owned by another engine. Reads only. */
  assertOwned(states: readonly RunState[]): void;
  find(id: number): RunRow | undefined;
  get(id: number): RunRow;
  getStatus(id: number): RunStatus;
  /** What is told of a run that has ended; cheaper than all of it. */
  getEnd(id: number): Pick<RunRow, "status" | "definitionId" | "workflow" | "reason">;
  getSaved(id: number, reviewLayer: number): SavedRun;
  /** The newest run that a task has started. */
  findChild(parentTaskId: number): { id: number; status: RunStatus } | undefined;
  /** Child runs of a run that are not final. */
  listOpenChildren(runId: number): number[];
  findByKey(workflow: string, key: string): RunRow | undefined;
  /** Queued runs with a larger id, the oldest first. */
  listQueued(afterId: number, limit: number): RunRow[];
  listIntents(engineId: number): { id: number; intent: RunIntent; reason: string | null }[];
  listOwned(engineId: number): RunRow[];
  /** Moves a run that nobody owns between `waiting` and `queued`: a decision was made, or taken back. */
  markParked(id: number, from: "waiting" | "queued", to: "waiting" | "queued"): void;
  /** Fails a run by its rows alone: they cannot be read as a run. */
  giveUp(id: number, now: number): void;
  /** Notes what is wanted of a run that another engine owns. */
  setIntent(id: number, intent: RunIntent, reason: string | null): void;
}

export function createRunRows(store: Store, values: ValueRows): RunRows {
  const { db, sqlite } = store;
  const p = sql.placeholder;
  const maxId = sqlite.prepare<[], number>("SELECT coalesce(max(id), 0) FROM run").pluck();
  const parked = sqlite.prepare("UPDATE run SET status = @to WHERE id = @id AND status = @from AND engine_id IS NULL");
  const status = sqlite.prepare<[number], RunStatus>("SELECT status FROM run WHERE id = ?").pluck();
  const end = sqlite.prepare<[number], Pick<RunRow, "status" | "definitionId" | "workflow" | "reason">>(
    "SELECT status, definition_id AS definitionId, workflow, reason FROM run WHERE id = ?",
  );
  const owner = sqlite.prepare<[number], number | null>("SELECT engine_id FROM run WHERE id = ?").pluck();
  const find = db
    .select()
    .from(run)
    .where(eq(run.id, p("id")))
    .prepare();
  type Found = NonNullable<ReturnType<typeof find.get>>;
  const toRow = (row: Found): RunRow => ({ ...row, inputJson: row.input ?? readInput(row.inputId, values) });
  const findRow = (id: number): RunRow | undefined => {
    const row = find.get({ id });
    return row === undefined ? undefined : toRow(row);
  };
  const getRow = (id: number): Found => {
    const row = find.get({ id });
    if (row === undefined) throw new NotFoundError(`No run #${id} in ${store.path}. See: lockstep runs`);
    return row;
  };
  return {
    nextId: () => (maxId.get() as number) + 1,
    insertAll: createRunInserts(store, values),
    saveAll: createRunWrites(store),
    assertOwned(states) {
      for (const state of states) if (owner.get(state.id) !== state.savedOwnerId) throw new RunLostError(state.id);
    },
    find: findRow,
    get: (id) => toRow(getRow(id)),
    getEnd: (id) => end.get(id) ?? getRow(id),
    ...prepareChildReads(store),
    getStatus: (id) => status.get(id) ?? getRow(id).status,
    getSaved: (id, reviewLayer) => toSavedRun(getRow(id), reviewLayer, values),
    findByKey: (workflow, key) =>
      db.select().from(run).where(sql`${run.workflow} = ${workflow} AND ${run.key} = ${key}`).all().map(toRow)[0],
    listQueued: (afterId, limit) =>
      db
        .select()
        .from(run)
        .where(sql`status = 'queued' AND ${run.id} > ${afterId}`)
        .orderBy(run.id)
        .limit(limit)
        .all()
        .map(toRow),
    listIntents: (engineId) =>
      db
        .select({ id: run.id, intent: run.intent, reason: run.reason })
        .from(run)
        .where(sql`intent <> 'none' AND finished_at IS NULL AND ${run.engineId} = ${engineId}`)
        .all(),
    listOwned: (engineId) => db.select().from(run).where(eq(run.engineId, engineId)).all().map(toRow),
    markParked(id, from, to) {
      const { changes } = parked.run({ id, from, to });
      assert(changes === 1, `run ${id} is not ${from}`);
    },
    giveUp: createGiveUp(store),
    setIntent(id, intent, reason) {
      db.update(run).set({ intent, reason }).where(eq(run.id, id)).run();
    },
  };
}

function prepareChildReads({ sqlite }: Store): Pick<RunRows, "findChild" | "listOpenChildren"> {
  const newest = sqlite.prepare<[number], { id: number; status: RunStatus }>(
    "SELECT id, status FROM run WHERE parent_task_id = ? ORDER BY id DESC LIMIT 1",
  );
  const open = sqlite
    .prepare<[number, number], number>(
      "SELECT id FROM run WHERE parent_task_id >= ? AND parent_task_id < ? AND finished_at IS NULL ORDER BY id",
    )
    .pluck();
  return {
    findChild: (parentTaskId) => newest.get(parentTaskId),
    listOpenChildren: (id) => open.all(getTaskId(id, 0), getTaskId(id + 1, 0)),
  };
}

function readInput(id: number | null, values: ValueRows): string {
  return id === null ? "null" : values.get(id);
}

function toSavedRun(row: typeof run.$inferSelect, reviewLayer: number, values: ValueRows): SavedRun {
  return {
    id: row.id,
    uid: row.uid,
    mode: row.mode,
    strategy: row.strategy,
    isReviewed: row.review,
    maxConcurrent: row.maxConcurrent,
    parentTaskId: row.parentTaskId,
    facts: {
      inputJson: row.input ?? readInput(row.inputId, values),
      labels: row.labels === null ? {} : (JSON.parse(row.labels) as Record<string, string>),
      scheduledAt: row.scheduledAt,
      cwd: row.cwd,
      file: row.file,
      exportName: row.export,
      codeHash: row.codeHash,
      createdAt: row.createdAt,
    },
    status: row.status,
    ownerId: row.engineId,
    intent: row.intent,
    reason: row.reason,
    layer: row.layer,
    reviewLayer,
    rowCount: row.rowCount,
    startedAt: row.startedAt,
    finishedAt: row.finishedAt,
    deadlineAt: row.deadlineAt,
    parkedAt: row.parkedAt,
  };
}
