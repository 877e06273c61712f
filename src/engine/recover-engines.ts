import { noteFact } from "../core/run-notes.ts";
import { moveRun } from "../core/run-state.ts";
import { loadRun } from "../store/load-run.ts";
import { type Rows, saveRun } from "../store/rows.ts";
import type { PlanCache } from "./plan-cache.ts";

/**
 * An engine is dead. Its detached runs are queued again, for any engine that knows the workflow; foreground runs stay as
 * they are, `interrupted` for people, until somebody resumes them. Inside a transaction.
 */
export function requeueLostRuns(rows: Rows, plans: PlanCache, engineId: number, now: number): void {
  const engine = rows.engines.find(engineId);
  if (engine === undefined || engine.status === "lost" || engine.status === "ended") return;
  for (const run of rows.runs.listOwned(engineId)) {
    if (run.mode !== "detached") continue;
    const state = loadRun(rows, plans.get, run.id);
    moveRun(state, "ownerLost");
    state.ownerId = null;
    noteFact(state, "run.interrupted");
    saveRun(rows, state, now);
  }
  rows.resources.releaseEngine(engineId);
  rows.engines.mark(engineId, "lost", now);
}
