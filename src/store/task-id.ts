import { RUN_ROWS_MAX } from "../core/limits.ts";

/** A task's id is run × 2²⁰ + index. Run ids stay below 2³³, so that every id is a safe integer. */
export const TASK_ROWS_PER_RUN = RUN_ROWS_MAX;

/** The run and the index of a task by its id. */
export function parseTaskId(taskId: number): { readonly runId: number; readonly index: number } {
  const runId = Math.floor(taskId / TASK_ROWS_PER_RUN);
  return { runId, index: taskId - runId * TASK_ROWS_PER_RUN };
}

export function getTaskId(runId: number, index: number): number {
  return runId * TASK_ROWS_PER_RUN + index;
}
