import type { ErrorValue } from "./core/errors.ts";
import { deriveResult } from "./core/run-result.ts";
import type { WorkflowSpec } from "./core/workflow-spec.ts";
import { evaluateReturns } from "./definition/yaml/evaluate-returns.ts";
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

/** The result of a run that succeeded: worked out from the recorded outputs. */
function readResult(rows: Rows, runId: number, spec: WorkflowSpec): unknown {
  const read = (index: number): unknown => JSON.parse(rows.tasks.getOutputAt(runId, index) ?? "null");
  return deriveResult(spec, read, (template) => {
    const input: unknown = JSON.parse(rows.runs.get(runId).inputJson ?? "null");
    return evaluateReturns(template, { input, needs: readNeeds(spec, read) });
  });
}

function readNeeds(spec: WorkflowSpec, read: (index: number) => unknown): Record<string, unknown> {
  return Object.fromEntries(spec.tasks.map((task, index) => [task.id, read(index)]));
}

function toError(value: ErrorValue | undefined): Error | undefined {
  if (value === undefined) return undefined;
  const error = new Error(value.message, value.cause === undefined ? undefined : { cause: toError(value.cause) });
  error.name = value.name;
  if (value.stack !== undefined) error.stack = value.stack;
  return error;
}
