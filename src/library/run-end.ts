import type { ErrorValue } from "../core/errors.ts";
import { deriveResult } from "../core/run-result.ts";
import type { RunState } from "../core/run-state.ts";
import type { WorkflowSpec } from "../core/workflow-spec.ts";
import { evaluateReturns } from "../definition/yaml/evaluate-returns.ts";
import type { PlanCache } from "../engine/plan-cache.ts";
import type { Store } from "../store/open-store.ts";
import { getRows } from "../store/rows.ts";

/** What to say of a run that did not succeed. */
export interface RunFailure {
  readonly message: string;
  readonly task: string | undefined;
  readonly cause: unknown;
}

/** Reads why a run that is final did not succeed. */
export function readRunFailure(store: Store, runId: number): RunFailure {
  const rows = getRows(store);
  const run = rows.runs.getEnd(runId);
  const name = `Run #${runId} ${run.workflow}`;
  if (run.status === "canceled") {
    const why = run.reason === null ? "" : `: ${run.reason}`;
    return { message: `${name} was canceled${why}.`, task: undefined, cause: undefined };
  }
  const failure = rows.attempts.findFailure(runId);
  const error = failure?.error;
  const what = failure === undefined ? (run.reason ?? "failed") : `${failure.task}: ${error?.message ?? "failed"}`;
  return { message: `${name} failed. ${what}`, task: failure?.task, cause: toError(error) };
}

/**
 * The result of a run that succeeded: worked out from the recorded outputs. `state`: what is in memory of it, where this
 * engine executed it.
 */
export function readRunResult(store: Store, plans: PlanCache, runId: number, state: RunState | undefined): unknown {
  const rows = getRows(store);
  const spec = state?.plan.spec ?? plans.get(rows.runs.getEnd(runId).definitionId).spec;
  const read = (index: number): unknown =>
    JSON.parse(state?.nodes[index]?.shortOutput ?? rows.tasks.getOutputAt(runId, index) ?? "null");
  return deriveResult(spec, read, (template) => {
    const input: unknown = JSON.parse(state?.facts.inputJson ?? rows.runs.get(runId).inputJson ?? "null");
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
