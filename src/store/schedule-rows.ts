import type { Store } from "./open-store.ts";
import { createSlotRows, type SlotRows } from "./slot-rows.ts";

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

type DeclaredSchedule = Omit<ScheduleRow, "id" | "pausedUntilAt" | "removedAt">;

/** `workflow`, `schedule` and `slot`: what is due, and what became of it. All calls belong inside a transaction. */
export interface ScheduleRows extends SlotRows {
  saveWorkflow(row: WorkflowRow): void;
  findWorkflow(name: string): WorkflowRow | undefined;
  listWorkflows(): WorkflowRow[];
  /** The file is gone, or no longer has it. */
  deleteWorkflow(name: string): void;
  /** Notes what is wrong with a file: at its workflows, which stay as they were loaded, or else in a row of its own. */
  saveFileError(file: string, errorJson: string, now: number): void;
  /** Of a file that never gave a workflow: nothing is wrong with it any more. */
  deleteFileError(file: string): void;
  list(): ScheduleRow[];
  listOf(workflow: string): ScheduleRow[];
  find(id: number): ScheduleRow | undefined;
  /** The first instant after `now` at which a slot is due. */
  findNextAt(now: number): number | null;
  findNamed(workflow: string, name: string): ScheduleRow | undefined;
  /** Declares a schedule; one that is there keeps its pause, and is removed no longer. */
  upsert(row: DeclaredSchedule): void;
  markRemoved(id: number, now: number): void;
  pauseUntil(id: number, at: number | null): void;
  moveCursor(id: number, cursorAt: number, nextAt: number | null): void;
}

const SCHEDULE = `SELECT id, workflow, name, cron, timezone, policy AS policyJson, cursor_at AS cursorAt,
  next_at AS nextAt, paused_until AS pausedUntilAt, removed_at AS removedAt FROM schedule`;
const WORKFLOW = `SELECT name, file, export AS exportName, definition_id AS definitionId, code_hash AS codeHash,
  error AS errorJson, loaded_at AS loadedAt FROM workflow`;

const ROWS = new WeakMap<Store, ScheduleRows>();

export function getScheduleRows(store: Store): ScheduleRows {
  const found = ROWS.get(store);
  if (found !== undefined) return found;
  const rows = { ...createWorkflowRows(store), ...createSchedules(store), ...createSlotRows(store) };
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
  const remove = sqlite.prepare("DELETE FROM workflow WHERE name = ?");
  const setError = sqlite.prepare("UPDATE workflow SET error = ? WHERE file = ?");
  // No workflow can have the name of an absolute path.
  const saveFile = sqlite.prepare(
    "INSERT INTO workflow (name, file, error, loaded_at) VALUES (@file, @file, @errorJson, @now)",
  );
  const deleteFile = sqlite.prepare("DELETE FROM workflow WHERE name = ? AND definition_id IS NULL");
  return {
    saveWorkflow: (row: WorkflowRow) => void save.run(row),
    findWorkflow: (name: string) => find.get(name),
    listWorkflows: () => list.all(),
    deleteWorkflow: (name: string) => void remove.run(name),
    saveFileError(file: string, errorJson: string, now: number) {
      if (setError.run(errorJson, file).changes === 0) saveFile.run({ file, errorJson, now });
    },
    deleteFileError: (file: string) => void deleteFile.run(file),
  };
}

function createSchedules({ sqlite }: Store) {
  const list = sqlite.prepare<[], ScheduleRow>(`${SCHEDULE} ORDER BY workflow, name`);
  const listOf = sqlite.prepare<[string], ScheduleRow>(`${SCHEDULE} WHERE workflow = ? ORDER BY name`);
  const find = sqlite.prepare<[number], ScheduleRow>(`${SCHEDULE} WHERE id = ?`);
  const findNamed = sqlite.prepare<[string, string], ScheduleRow>(`${SCHEDULE} WHERE workflow = ? AND name = ?`);
  const upsert = sqlite.prepare(`INSERT INTO schedule (workflow, name, cron, timezone, policy, cursor_at, next_at)
    VALUES (@workflow, @name, @cron, @timezone, @policyJson, @cursorAt, @nextAt)
    ON CONFLICT (workflow, name) DO UPDATE SET cron = excluded.cron, timezone = excluded.timezone,
      policy = excluded.policy, cursor_at = excluded.cursor_at, next_at = excluded.next_at, removed_at = NULL`);
  const remove = sqlite.prepare("UPDATE schedule SET removed_at = ? WHERE id = ? AND removed_at IS NULL");
  const pause = sqlite.prepare("UPDATE schedule SET paused_until = ? WHERE id = ?");
  const next = sqlite
    .prepare<[number], number | null>("SELECT min(next_at) FROM schedule WHERE removed_at IS NULL AND next_at > ?")
    .pluck();
  const move = sqlite.prepare("UPDATE schedule SET cursor_at = ?, next_at = ? WHERE id = ?");
  return {
    list: () => list.all(),
    findNextAt: (now: number) => next.get(now) ?? null,
    listOf: (workflow: string) => listOf.all(workflow),
    find: (id: number) => find.get(id),
    findNamed: (workflow: string, name: string) => findNamed.get(workflow, name),
    upsert: (row: DeclaredSchedule) => void upsert.run(row),
    markRemoved: (id: number, now: number) => void remove.run(now, id),
    pauseUntil: (id: number, at: number | null) => void pause.run(at, id),
    moveCursor: (id: number, cursorAt: number, nextAt: number | null) => void move.run(cursorAt, nextAt, id),
  };
}
