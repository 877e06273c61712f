import { finishTurn } from "../core/finish-turn.ts";
import { recoverAttempts } from "../core/restore-run.ts";
import { applyIntent } from "../core/run-intent.ts";
import { noteFact } from "../core/run-notes.ts";
import { moveRun } from "../core/run-state.ts";
import { loadRun } from "../store/load-run.ts";
import { saveRun } from "../store/rows.ts";
import { type ControlScope, passIntentDown, wakeParents } from "./raise-intent.ts";

/** Fails a run of which something of ours is wrong: reason `internal`, and all that was recorded stays. */
export function failRun(scope: ControlScope, runId: number, error: Error): void {
  const { rows, plans } = scope;
  const now = scope.now();
  const state = loadRun(rows, plans.get, runId);
  if (state.status === "queued") moveRun(state, "claim"); // only what runs can fail
  noteFact(state, "run.internal_error", { error: error.message });
  applyIntent(state, "cancel", "internal", now);
  recoverAttempts(state, () => false, now, error.message);
  passIntentDown(scope, state, now);
  finishTurn(state, now);
  state.ownerId = null;
  saveRun(rows, state, now);
  wakeParents(rows, state.parentTaskId);
}
