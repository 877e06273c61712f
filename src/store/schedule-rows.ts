import type { RunStatus } from "../core/run-status.ts";
import type { SlotReason, SlotStatus } from "../core/slot-status.ts";
import type { Store } from "./open-store.ts";

export interface ScheduleRow {
  readonly id: number;
  readonly workflow: string;
  readonly name: string;
  readonly cron: string;
  readonly timezone: string;
  readonly policyJson: string;
  readonly cursorAt: number;
  readonly nextAt: number | null;
  readonly pausedUntilAt: number | null;
  readonly removedAt: number | null;
}

export interface WorkflowRow {
  readonly name: string;
  readonly file: string;
  readonly exportName: string | null;
  readonly definitionId: number | null;
  readonly codeHash: string | null;
  /** JSON of what was wrong with its last load; the last good definition stays. */
  readonly errorJson: string | null;
  readonly loadedAt: number;
}

export interface NewSlot {
  readonly scheduleId: number;
  readonly dueAt: number;
  readonly untilAt: number | null;
  readonly count: number;
  readonly status: SlotStatus;
  readonly reason: SlotReason | null;
  readonly fireAt: number | null;
}

export interface PendingSlot {
  readonly id: number;
  readonly dueAt: number;
  readonly fireAt: number | null;
  readonly reason: string | null;
}

/** The row that an instant belongs to. */
export interface CoveringSlot {
  readonly id: number;
  readonly dueAt: number;
  readonly untilAt: number | null;
  readonly count: number;
  readonly status: SlotStatus;
  readonly reason: SlotReason | null;
}

type DeclaredSchedule = Pick<ScheduleRow, "workflow" | "name" | "cron" | "timezone" | "policyJson">;

/** `workflow`, `schedule` and `slot`: what is due, and what became of it. All calls belong inside a transaction. */
export interface ScheduleRows {
  saveWorkflow(row: WorkflowRow): void;
  findWorkflow(name: string): WorkflowRow | undefined;
  listWorkflows(): WorkflowRow[];
  /** Notes what is wrong with the workflows of a file; null: nothing. */
  setFileError(file: string, errorJson: string | null): void;
  list(): ScheduleRow[];
  listOf(workflow: string): ScheduleRow[];
  /** By its name, of whichever workflow; several workflows may have one of that name. */
  listNamed(name: string): ScheduleRow[];
  find(id: number): ScheduleRow | undefined;
  /** Declares a schedule; one that is there keeps its cursor and its pause. */
  upsert(row: DeclaredSchedule, now: number): void;
  markRemoved(id: number, now: number): void;
  pauseUntil(id: number, at: number | null): void;
  moveCursor(id: number, cursorAt: number, nextAt: number | null): void;
  /** The id of the new row, or of one that a clock set back had made void; undefined where the slot is settled. */
  insertSlot(slot: NewSlot): number | undefined;
  updateSlot(id: number, status: SlotStatus, reason: SlotReason | null, fireAt: number | null): void;
  setSlotRun(id: number, runId: number): void;
  /** The row of the slot at this instant, or the range that it is in. */
  findCovering(scheduleId: number, at: number): CoveringSlot | undefined;
  /** What a range stands for from now on. */
  resizeSlot(id: number, untilAt: number | null, count: number): void;
  listPending(scheduleId: number): PendingSlot[];
  /** Rows that nothing was started for become void: their instants are ahead again. */
  voidAfter(scheduleId: number, at: number): number;
  /** Unfinished runs of earlier slots. */
  listOpenRuns(scheduleId: number): { readonly id: number; readonly status: RunStatus }[];
}

const SCHEDULE = `SELECT id, workflow, name, cron, timezone, policy AS policyJson, cursor_at AS cursorAt,
  next_at AS nextAt, paused_until AS pausedUntilAt, removed_at AS removedAt FROM schedule`;
const WORKFLOW = `SELECT name, file, export AS exportName, definition_id AS definitionId, code_hash AS codeHash,
  error AS errorJson, loaded_at AS loadedAt FROM workflow`;

const ROWS = new WeakMap<Store, ScheduleRows>();

export function getScheduleRows(store: Store): ScheduleRows {
  const found = ROWS.get(store);
  if (found !== undefined) return found;
  const rows = { ...createWorkflowRows(store), ...createSchedules(store), ...createSlots(store) };
  ROWS.set(store, rows);
  return rows;
}

function createWorkflowRows({ sqlite }: Store) {
  const save = sqlite.prepare(`INSERT INTO workflow (name, file, export, definition_id, code_hash, error, loaded_at)
    VALUES (@name, @file, @exportName, @definitionId, @codeHash, @errorJson, @loadedAt)
    ON CONFLICT (name) DO UPDATE SET file = excluded.file, export = excluded.export,
      definition_id = excluded.definition_id, code_hash = excluded.code_hash, error = excluded.error,
      loaded_at = excluded.loaded_at`);
  const find = sqlite.prepare<[string], WorkflowRow>(`${WORKFLOW} WHERE name = ?`);
  const list = sqlite.prepare<[], WorkflowRow>(`${WORKFLOW} ORDER BY name`);
  const setError = sqlite.prepare("UPDATE workflow SET error = ? WHERE file = ?");
  return {
    saveWorkflow: (row: WorkflowRow) => void save.run(row),
    findWorkflow: (name: string) => find.get(name),
    listWorkflows: () => list.all(),
    setFileError: (file: string, errorJson: string | null) => void setError.run(errorJson, file),
  };
}

function createSchedules({ sqlite }: Store) {
  const list = sqlite.prepare<[], ScheduleRow>(`${SCHEDULE} ORDER BY workflow, name`);
  const listOf = sqlite.prepare<[string], ScheduleRow>(`${SCHEDULE} WHERE workflow = ? ORDER BY name`);
  const listNamed = sqlite.prepare<[string], ScheduleRow>(`${SCHEDULE} WHERE name = ? ORDER BY workflow`);
  const find = sqlite.prepare<[number], ScheduleRow>(`${SCHEDULE} WHERE id = ?`);
  // One that was removed and is declared again begins now: what was due between is in the ledger, or was never due.
  const upsert = sqlite.prepare(`INSERT INTO schedule (workflow, name, cron, timezone, policy, cursor_at)
    VALUES (@workflow, @name, @cron, @timezone, @policyJson, @now)
    ON CONFLICT (workflow, name) DO UPDATE SET cron = excluded.cron, timezone = excluded.timezone,
      policy = excluded.policy, removed_at = NULL,
      cursor_at = CASE WHEN removed_at IS NULL THEN cursor_at ELSE max(cursor_at, @now) END`);
  const remove = sqlite.prepare("UPDATE schedule SET removed_at = ? WHERE id = ? AND removed_at IS NULL");
  const pause = sqlite.prepare("UPDATE schedule SET paused_until = ? WHERE id = ?");
  const move = sqlite.prepare("UPDATE schedule SET cursor_at = ?, next_at = ? WHERE id = ?");
  return {
    list: () => list.all(),
    listOf: (workflow: string) => listOf.all(workflow),
    listNamed: (name: string) => listNamed.all(name),
    find: (id: number) => find.get(id),
    upsert: (row: DeclaredSchedule, now: number) => void upsert.run({ ...row, now }),
    markRemoved: (id: number, now: number) => void remove.run(now, id),
    pauseUntil: (id: number, at: number | null) => void pause.run(at, id),
    moveCursor: (id: number, cursorAt: number, nextAt: number | null) => void move.run(cursorAt, nextAt, id),
  };
}

function createSlots({ sqlite }: Store) {
  const insert = sqlite
    .prepare<[NewSlot], number>(
      `INSERT INTO slot (schedule_id, due_at, until_at, count, status, reason, fire_at)
       VALUES (@scheduleId, @dueAt, @untilAt, @count, @status, @reason, @fireAt)
       ON CONFLICT (schedule_id, due_at) DO UPDATE SET until_at = excluded.until_at, count = excluded.count,
         status = excluded.status, reason = excluded.reason, fire_at = excluded.fire_at WHERE slot.status = 'void'
       RETURNING id`,
    )
    .pluck();
  const update = sqlite.prepare("UPDATE slot SET status = ?, reason = ?, fire_at = ? WHERE id = ?");
  const setRun = sqlite.prepare("UPDATE slot SET run_id = ? WHERE id = ? AND run_id IS NULL");
  const covering = sqlite.prepare<[number, number], CoveringSlot>(
    `SELECT id, due_at AS dueAt, until_at AS untilAt, count, status, reason FROM slot
     WHERE schedule_id = ? AND due_at <= ? ORDER BY due_at DESC LIMIT 1`,
  );
  const resize = sqlite.prepare("UPDATE slot SET until_at = ?, count = ? WHERE id = ?");
  const pending = sqlite.prepare<[number], PendingSlot>(
    `SELECT id, due_at AS dueAt, fire_at AS fireAt, reason FROM slot
     WHERE schedule_id = ? AND status = 'pending' ORDER BY due_at`,
  );
  const makeVoid = sqlite.prepare(
    `UPDATE slot SET status = 'void' WHERE schedule_id = ? AND due_at > ?
       AND (status = 'pending' OR status = 'missed' OR status = 'skipped')`,
  );
  const openRuns = sqlite.prepare<[number], { id: number; status: RunStatus }>(
    `SELECT run.id, run.status FROM slot JOIN run ON run.id = slot.run_id
     WHERE slot.schedule_id = ? AND slot.run_id IS NOT NULL AND run.finished_at IS NULL`,
  );
  return {
    insertSlot: (slot: NewSlot) => insert.get(slot),
    updateSlot: (id: number, status: SlotStatus, reason: SlotReason | null, fireAt: number | null) =>
      void update.run(status, reason, fireAt, id),
    setSlotRun: (id: number, runId: number) => void setRun.run(runId, id),
    findCovering(scheduleId: number, at: number) {
      const found = covering.get(scheduleId, at);
      return found === undefined || (found.untilAt ?? found.dueAt) < at ? undefined : found;
    },
    resizeSlot: (id: number, untilAt: number | null, count: number) => void resize.run(untilAt, count, id),
    listPending: (scheduleId: number) => pending.all(scheduleId),
    voidAfter: (scheduleId: number, at: number) => makeVoid.run(scheduleId, at).changes,
    listOpenRuns: (scheduleId: number) => openRuns.all(scheduleId),
  };
}
