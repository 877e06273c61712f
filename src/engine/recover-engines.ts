import { noteFact } from "../core/run-notes.ts";
import { moveRun, type RunState } from "../core/run-state.ts";
import { saveRun } from "../store/rows.ts";
import { loadOrFail } from "./fail-run.ts";
import type { ControlScope } from "./raise-intent.ts";
import { releaseRun } from "./take-up-run.ts";

/**
 * An engine is dead. Its detached runs are queued again, for any engine that knows the workflow; foreground runs stay as
 * they are, `interrupted` for people, until somebody resumes them. One that cannot be read fails: it must not end each
 * engine that finds it. Inside a transaction.
 */
export function requeueLostRuns(scope: ControlScope, engineId: number): void {
  const { rows } = scope;
  const now = scope.now();
  const engine = rows.engines.find(engineId);
  if (engine === undefined || engine.status === "lost" || engine.status === "ended") return;
  for (const run of rows.runs.listOwned(engineId)) {
    if (run.mode !== "detached") continue;
    const state = loadOrFail(scope, run.id);
    if (state === undefined) continue;
    moveRun(state, "ownerLost");
    state.ownerId = null;
    noteFact(state, "run.interrupted");
    saveRun(rows, state, now);
  }
  rows.resources.releaseEngine(engineId);
  rows.engines.mark(engineId, "lost", now);
}

/**
 * An engine stops in order: its runs are queued again. Inside a transaction.
 * @param states what is in memory of them; of one whose last turn has thrown nothing is
 */
export function giveBackRuns(scope: ControlScope, engineId: number, states: ReadonlyMap<number, RunState>): void {
  const { rows } = scope;
  const now = scope.now();
  for (const { id } of rows.runs.listOwned(engineId)) {
    const state = states.get(id) ?? loadOrFail(scope, id);
    if (state === undefined) continue;
    releaseRun(state);
    saveRun(rows, state, now);
  }
  rows.resources.releaseEngine(engineId);
  rows.engines.mark(engineId, "ended", now);
}
