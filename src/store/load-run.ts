import { awaitsChild, linkChild } from "../core/child-link.ts";
import { assert } from "../core/errors.ts";
import { restoreRunState } from "../core/restore-run.ts";
import type { RunPlan } from "../core/run-plan.ts";
import type { RunState } from "../core/run-state.ts";
import type { Rows } from "./rows.ts";
import { getTaskId } from "./task-id.ts";

/** Reads a run into memory. Its attempts are not judged: `recoverAttempts` is next. O(rows + needs). */
export function loadRun(rows: Rows, getPlan: (definitionId: number) => RunPlan, runId: number): RunState {
  const row = rows.runs.get(runId);
  const saved = rows.runs.getSaved(runId, rows.checkpoints.findReviewLayer(runId));
  const state = restoreRunState(getPlan(row.definitionId), saved, rows.tasks.list(runId));
  state.hasAsks = rows.checkpoints.hasOpenAsk(runId);
  if (state.waiting > 0) linkChildren(rows, state);
  return state;
}

function linkChildren(rows: Rows, state: RunState): void {
  for (const node of state.nodes) {
    if (node === undefined || !awaitsChild(node)) continue; // instances of an earlier list are rows, and no nodes
    const child = rows.runs.findChild(getTaskId(state.id, node.index));
    assert(child !== undefined, `run ${state.id} task ${node.index} waits for a child run that exists`);
    linkChild(state, node, child.id, child.status);
  }
}
