import { DatabaseError } from "../core/errors.ts";
import { finishTurn } from "../core/finish-turn.ts";
import { recoverAttempts } from "../core/restore-run.ts";
import { applyIntent } from "../core/run-intent.ts";
import { noteFact } from "../core/run-notes.ts";
import { moveRun, type RunState } from "../core/run-state.ts";
import { loadRun } from "../store/load-run.ts";
import { saveRun } from "../store/rows.ts";
import { type ControlScope, passIntentDown, wakeParents } from "./raise-intent.ts";

/** Fails a run of which something of ours is wrong: reason `internal`, and all that was recorded stays. */
export function failRun(scope: ControlScope, runId: number, error: Error): void {
  const { rows } = scope;
  const now = scope.now();
  const state = loadOrGiveUp(scope, runId, error);
  if (state === undefined) return;
  if (state.status === "queued") moveRun(state, "claim"); // only what runs can fail
  noteFact(state, "run.internal_error", { error: error.message });
  applyIntent(state, "cancel", "internal", now);
  recoverAttempts(state, () => false, now, error.message);
  passIntentDown(scope, state, "cancel", now);
  finishTurn(state, now);
  state.ownerId = null;
  saveRun(rows, state, now);
  rows.resources.releaseRun(runId);
  wakeParents(rows, state.parentTaskId);
}

/** Reads a run that nobody executes any more. Undefined: it makes no sense, and has failed alone; the others go on. */
export function loadOrFail(scope: ControlScope, runId: number): RunState | undefined {
  try {
    return loadRun(scope.rows, scope.plans.get, runId);
  } catch (error) {
    if (!(error instanceof Error) || error instanceof DatabaseError) throw error;
    failRun(scope, runId, error);
    return undefined;
  }
}

/** Of a run whose rows make no sense the rows are all that can be changed. */
function loadOrGiveUp({ rows, plans, now }: ControlScope, runId: number, error: Error): RunState | undefined {
  try {
    return loadRun(rows, plans.get, runId);
  } catch (unreadable) {
    if (unreadable instanceof DatabaseError) throw unreadable;
    rows.runs.giveUp(runId, now());
    rows.events.insert(runId, [{ kind: "run.internal_error", data: { error: error.message } }], now());
    rows.resources.releaseRun(runId);
    wakeParents(rows, rows.runs.get(runId).parentTaskId);
    return undefined;
  }
}
