import { evaluateReturns } from "../definition/yaml/evaluate-returns.ts";
import { type RunView, showRun } from "../views/show-run.ts";
import type { Database } from "./open-database.ts";
import { createRunNotFoundError, getRunId } from "./run-reference.ts";

/** The run that a person named. Throws where it is not there. */
export function getRun(reference: string, database: Database | undefined, shownPath: string): RunView {
  const runId = getRunId(reference, database, shownPath);
  const view = database === undefined ? undefined : loadRun(database, runId);
  if (view === undefined) throw createRunNotFoundError(runId, database, shownPath);
  return view;
}

export function loadRun({ store, isEngineAlive }: Database, runId: number): RunView | undefined {
  return showRun(store, runId, { isEngineAlive, evaluateReturns });
}
