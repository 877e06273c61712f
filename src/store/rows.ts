import { hasChanges, type RunState } from "../core/run-state.ts";
import { type AttemptRows, createAttemptRows } from "./attempt-rows.ts";
import { type CheckpointRows, createCheckpointRows } from "./checkpoint-rows.ts";
import { createDefinitionRows, type DefinitionRows } from "./definition-rows.ts";
import { createEngineRows, type EngineRows } from "./engine-rows.ts";
import { createEventRows, type EventRows } from "./event-rows.ts";
import type { Store } from "./open-store.ts";
import { createRunRows, type NewRunRow, type RunRows } from "./run-rows.ts";
import { createTaskRows, type TaskRows } from "./task-rows.ts";
import { createValueRows, type ValueRows } from "./value-rows.ts";

/** The aggregates of one store, their statements prepared once. All calls belong inside a `store.transaction`. */
export interface Rows {
  readonly definitions: DefinitionRows;
  readonly runs: RunRows;
  readonly tasks: TaskRows;
  readonly attempts: AttemptRows;
  readonly events: EventRows;
  readonly engines: EngineRows;
  readonly checkpoints: CheckpointRows;
  readonly values: ValueRows;
}

const ROWS = new WeakMap<Store, Rows>();

export function getRows(store: Store): Rows {
  const found = ROWS.get(store);
  if (found !== undefined) return found;
  const values = createValueRows(store);
  const rows = {
    values,
    definitions: createDefinitionRows(store),
    runs: createRunRows(store, values),
    tasks: createTaskRows(store, values),
    attempts: createAttemptRows(store),
    events: createEventRows(store),
    engines: createEngineRows(store),
    checkpoints: createCheckpointRows(store),
  };
  ROWS.set(store, rows);
  return rows;
}

/** A new run: its row and the rows of its declared tasks. What has changed since is written by `saveRun`. */
export function insertRun(rows: Rows, row: NewRunRow): void {
  const { state } = row;
  rows.runs.insert(row);
  state.isRowDirty = false;
  state.savedStatus = state.status;
  state.savedOwnerId = state.ownerId;
  rows.tasks.insertAll(state);
}

/**
 * Writes all that a transaction has changed of a run, each row once. Throws `RunLostError` where another engine has
 * taken it over; the transaction is then rolled back, and the state must be dropped.
 */
export function saveRun(rows: Rows, state: RunState, now: number): void {
  if (!hasChanges(state)) return;
  if (state.isRowDirty) rows.runs.save(state);
  else rows.runs.assertOwned(state);
  rows.tasks.save(state);
  rows.attempts.insert(state.id, state.attempts);
  rows.events.insert(state.id, state.events, now);
  state.isRowDirty = false;
  state.savedStatus = state.status;
  state.savedOwnerId = state.ownerId;
  state.attempts = [];
  state.events = [];
}
