import { restoreRunState } from "../core/restore-run.ts";
import type { RunPlan } from "../core/run-plan.ts";
import type { RunState } from "../core/run-state.ts";
import type { Rows } from "./rows.ts";

/** Reads a run into memory. Its attempts are not judged: `recoverAttempts` is next. O(rows + needs). */
export function loadRun(rows: Rows, getPlan: (definitionId: number) => RunPlan, runId: number): RunState {
  const row = rows.runs.get(runId);
  const saved = rows.runs.getSaved(runId, rows.checkpoints.findReviewLayer(runId));
  return restoreRunState(getPlan(row.definitionId), saved, rows.tasks.list(runId));
}
