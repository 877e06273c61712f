import { toDurationText } from "../core/duration.ts";
import { type ErrorValue, LockstepError, toErrorValue } from "../core/errors.ts";
import type { AttemptStatus } from "../core/task-status.ts";
import type { Outcome, Traces } from "./runner.ts";

export type FailedOutcome = Extract<Outcome, { kind: "failed" }>;

/** Mistakes of the definition that we found: the next attempt would meet the same. And what nothing may run beside. */
const FINAL_CODES = new Set([
  "orphan_lives",
  "output_not_json",
  "output_too_large",
  "not_a_list",
  "too_many_items",
  "not_a_text",
  "invalid_checkpoint",
  "invalid_command",
  "task_missing",
  "child_input",
  "child_missing",
  "secret_missing",
  "secret_refused",
  "invalid_request",
]);

/** What was thrown, as an outcome. NonRetryableError is recognized by its name: two copies of the package will meet. */
export function createFailure(thrown: unknown, traces: Traces = {}, mask?: (text: string) => string): FailedOutcome {
  const final =
    thrown instanceof Error &&
    (thrown.name === "NonRetryableError" || (thrown instanceof LockstepError && FINAL_CODES.has(thrown.code)));
  return { kind: "failed", status: "failed", error: toErrorValue(thrown, mask), retryable: !final, ...traces };
}

export function createTimeout(timeoutMs: number, detail: string, traces: Traces = {}): FailedOutcome {
  const message = `did not end within ${toDurationText(timeoutMs)}${detail}`;
  return createEnd("timed_out", { name: "TimeoutError", code: "timed_out", message }, true, traces);
}

export function createCanceled(traces: Traces = {}): FailedOutcome {
  const error = { name: "CanceledError", code: "canceled", message: "was canceled" };
  return createEnd("canceled", error, false, traces);
}

/** It ignored its signal and may still be at work: it must not be started beside itself. */
export function createUnresponsive(message: string, traces: Traces = {}): FailedOutcome {
  return createEnd("unresponsive", { name: "UnresponsiveError", code: "unresponsive", message }, false, traces);
}

/** The loaded file no longer has what the run's graph names. */
export function createTaskMissing(taskId: string, workflow: string): FailedOutcome {
  const message = `workflow "${workflow}" has no task "${taskId}" any more; the run was started with an older version of it. Restore the task, or start a new run.`;
  return createEnd("failed", { name: "NotFoundError", code: "task_missing", message }, false);
}

/** Who executes has nothing loaded for this definition. */
export function createProgramMissing(workflow: string): FailedOutcome {
  const message = `no program of workflow "${workflow}" is loaded. Register the workflow, or start its file again.`;
  return createEnd("failed", { name: "NotFoundError", code: "program_missing", message }, false);
}

function createEnd(
  status: Exclude<AttemptStatus, "running" | "succeeded" | "interrupted">,
  error: ErrorValue,
  retryable: boolean,
  traces: Traces = {},
): FailedOutcome {
  return { kind: "failed", status, error, retryable, ...traces };
}
