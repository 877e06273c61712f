import type { ErrorValue } from "./core/errors.ts";
import type { WorkflowSpec } from "./core/workflow-spec.ts";
import type { PlanCache } from "./engine/plan-cache.ts";
import type { Store } from "./store/open-store.ts";
import { getRows, type Rows } from "./store/rows.ts";

/** How a run ended: its result, or what to say of its failure. */
export interface RunEnd {
  readonly result: unknown;
  readonly message: string;
  readonly task: string | undefined;
  readonly cause: unknown;
}

/** Reads the end of a run that is final. */
export function readRunEnd(store: Store, plans: PlanCache, runId: number): RunEnd {
  const rows = getRows(store);
  const run = rows.runs.getEnd(runId);
  if (run.status === "succeeded") {
    const { spec } = plans.get(run.definitionId);
    return { result: readResult(rows, runId, spec), message: "", task: undefined, cause: undefined };
  }
  const failure = rows.attempts.findFailure(runId);
  const name = `Run #${runId} ${run.workflow}`;
  if (run.status === "canceled") {
    const why = run.reason === null ? "" : `: ${run.reason}`;
    return { result: null, message: `${name} was canceled${why}.`, task: undefined, cause: undefined };
  }
  const error = failure?.error;
  const what = failure === undefined ? (run.reason ?? "failed") : `${failure.task}: ${error?.message ?? "failed"}`;
  return { result: null, message: `${name} failed. ${what}`, task: failure?.task, cause: toError(error) };
}

/** The result of a run that succeeded: parsed from the recorded outputs. */
function readResult(rows: Rows, runId: number, spec: WorkflowSpec): unknown {
  const { returns } = spec;
  const read = (index: number): unknown => JSON.parse(rows.tasks.getOutputAt(runId, index) ?? "null");
  if (returns === undefined || returns.kind === "template") return null;
  if (returns.kind === "task") return read(returns.task);
  return Object.fromEntries(Object.entries(returns.tasks).map(([name, index]) => [name, read(index)]));
}

function toError(value: ErrorValue | undefined): Error | undefined {
  if (value === undefined) return undefined;
  const error = new Error(value.message, value.cause === undefined ? undefined : { cause: toError(value.cause) });
  error.name = value.name;
  if (value.stack !== undefined) error.stack = value.stack;
  return error;
}
