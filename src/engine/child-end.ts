import { toErrorValue } from "../core/errors.ts";
import { OUTPUT_BYTES_MAX } from "../core/limits.ts";
import { deriveResult } from "../core/run-result.ts";
import type { ChildEnd } from "../core/settle-child.ts";
import type { WorkflowSpec } from "../core/workflow-spec.ts";
import { evaluateReturns } from "../definition/yaml/evaluate-returns.ts";
import type { Rows } from "../store/rows.ts";
import type { PlanCache } from "./plan-cache.ts";

/** How a child run that is final ended, from its rows: inside a transaction, after they were written. */
export function readChildEnd(rows: Rows, plans: PlanCache, runId: number): ChildEnd {
  const run = rows.runs.getEnd(runId);
  const name = `child run #${runId} ${run.workflow}`;
  if (run.status === "succeeded") return readSuccess(rows, runId, plans.get(run.definitionId).spec, name);
  const why = run.reason === null ? "" : `: ${run.reason}`;
  if (run.status === "canceled") return createEnd("child_canceled", `${name} was canceled${why}`, false);
  const failure = rows.attempts.findFailure(runId);
  const what = failure === undefined ? why : `. ${failure.task}: ${failure.error?.message ?? "failed"}`;
  return createEnd("child_failed", `${name} failed${what}`, true);
}

/** A task whose child run could not be started, or whose result is of no use. */
export function createEnd(code: string, message: string, retryable: boolean): ChildEnd {
  return { kind: "failed", error: { name: "ChildRunError", code, message }, retryable };
}

function readSuccess(rows: Rows, runId: number, spec: WorkflowSpec, name: string): ChildEnd {
  try {
    const output = readResultJson(rows, runId, spec);
    if (output === null || Buffer.byteLength(output) <= OUTPUT_BYTES_MAX) return { kind: "succeeded", output };
  } catch (error) {
    return createEnd(
      "child_result",
      `the result of ${name} could not be worked out: ${toErrorValue(error).message}`,
      false,
    );
  }
  const text = `the result of ${name} is larger than 1 MiB. Write the data to a file and return its path.`;
  return createEnd("output_too_large", text, false);
}

function readResultJson(rows: Rows, runId: number, spec: WorkflowSpec): string | null {
  const { returns } = spec;
  if (returns?.kind === "task") return rows.tasks.getOutputAt(runId, returns.task);
  const read = (index: number): unknown => JSON.parse(rows.tasks.getOutputAt(runId, index) ?? "null");
  const result = deriveResult(spec, read, (template) => {
    const needs = Object.fromEntries(spec.tasks.map((task, index) => [task.id, read(index)]));
    return evaluateReturns(template, { input: JSON.parse(rows.runs.get(runId).inputJson), needs });
  });
  return returns === undefined ? null : (JSON.stringify(result) ?? null);
}
