import { hasChanges, type RunState } from "../core/run-state.ts";
import { type AttemptRows, createAttemptRows } from "./attempt-rows.ts";
import { type CheckpointRows, createCheckpointRows } from "./checkpoint-rows.ts";
import { createDecisionRows, type DecisionRows } from "./decision-rows.ts";
import { createDefinitionRows, type DefinitionRows } from "./definition-rows.ts";
import { createEngineRows, type EngineRows } from "./engine-rows.ts";
import { createEventRows, type EventRows } from "./event-rows.ts";
import type { Store } from "./open-store.ts";
import { createResourceRows, type ResourceRows } from "./resource-rows.ts";
import type { NewRunRow } from "./run-inserts.ts";
import { createRunRows, type RunRows } from "./run-rows.ts";
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
  readonly decisions: DecisionRows;
  readonly values: ValueRows;
  readonly resources: ResourceRows;
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
    checkpoints: createCheckpointRows(store, values),
    decisions: createDecisionRows(store, values),
    resources: createResourceRows(store),
  };
  ROWS.set(store, rows);
  return rows;
}

/** New runs' rows, as the states are now. The rows of their tasks, and what changes after this, are written by `saveRuns`. */
export function insertRuns(rows: Rows, runs: readonly NewRunRow[]): void {
  rows.runs.insertAll(runs);
  for (const { state } of runs) {
    state.isRowDirty = false;
    state.savedStatus = state.status;
    state.savedOwnerId = state.ownerId;
  }
}

interface SaveOptions {
  /** No other connection has committed since the states were last compared with their rows: their owner is as it was. */
  readonly isUndisturbed?: boolean;
}

/**
 * Writes all that a transaction has changed of these runs, each row once, and what changes alike in one statement.
 * Throws `RunLostError` where another engine has taken one over; the transaction is then rolled back, and the states
 * must be dropped.
 */
export function saveRuns(rows: Rows, states: Iterable<RunState>, now: number, options: SaveOptions = {}): void {
  const changed = [...states].filter((state) => hasChanges(state) || !state.hasTaskRows);
  rows.runs.saveAll(changed.filter((state) => state.isRowDirty));
  if (!options.isUndisturbed) {
    rows.runs.assertOwned(changed.filter((state) => !state.isRowDirty && state.savedStatus === "running"));
  }
  rows.tasks.insertAll(changed.filter((state) => !state.hasTaskRows));
  rows.tasks.save(changed);
  for (const state of changed) {
    if (state.attempts.length > 0) rows.attempts.insert(state.id, state.attempts);
    if (state.hasGates || state.hasAsks) closeLeft(rows, state);
  }
  rows.events.insertOfRuns(changed, now);
  for (const state of changed) settleState(state);
}

export function saveRun(rows: Rows, state: RunState, now: number): void {
  saveRuns(rows, [state], now);
}

/** Memory and rows agree. */
function settleState(state: RunState): void {
  state.isRowDirty = false;
  state.hasTaskRows = true;
  state.savedStatus = state.status;
  state.savedOwnerId = state.ownerId;
  state.attempts = [];
  state.events = [];
}

/** Checkpoints whose task or layer waits no longer. A run past its gates costs no statement. */
function closeLeft({ checkpoints }: Rows, state: RunState): void {
  checkpoints.closeLeft(state.id, state.status, state.reviewLayer);
  state.hasGates = state.waiting > 0 || state.reviewLayer >= 0;
}
