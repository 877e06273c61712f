/** The machine of a task (engine.md 1). The one place where its statuses, reasons and events are named. */

export const TASK_STATUSES = [
  "pending",
  "ready",
  "running",
  "retrying",
  "waiting",
  "succeeded",
  "failed",
  "skipped",
  "canceled",
] as const;
export type TaskStatus = (typeof TASK_STATUSES)[number];

export const TASK_REASONS = [
  "upstream_failed",
  "upstream_skipped",
  "trigger",
  "condition",
  "rejected",
  "run_stopped",
  "crash_loop",
  "timeout",
  "unresponsive",
  "task_missing",
  "internal",
] as const;
export type TaskReason = (typeof TASK_REASONS)[number];

export type TaskEvent =
  | "needsMet"
  | "neverStarts"
  | "claim"
  | "conditionFalse"
  | "ask"
  | "childStarted"
  | "succeed"
  | "retryLater"
  | "fail"
  | "interrupted"
  | "due"
  | "approve"
  | "reject"
  | "edit"
  | "stop"
  | "cancel"
  | "reset";

const NEXT_TASK_STATUS = {
  pending: { needsMet: "ready", neverStarts: "skipped", stop: "skipped", cancel: "canceled" },
  ready: { claim: "running", fail: "failed", stop: "skipped", cancel: "canceled", reset: "pending" },
  running: {
    conditionFalse: "skipped",
    ask: "waiting",
    childStarted: "waiting",
    succeed: "succeeded",
    retryLater: "retrying",
    fail: "failed",
    interrupted: "ready",
    cancel: "canceled",
    reset: "pending",
    reject: "skipped",
  },
  retrying: { due: "ready", stop: "failed", cancel: "canceled", reset: "pending" },
  waiting: {
    approve: "ready",
    edit: "ready",
    reject: "skipped",
    reset: "pending",
    stop: "skipped",
    cancel: "canceled",
    succeed: "succeeded",
    retryLater: "retrying",
    fail: "failed",
  },
  succeeded: { edit: "succeeded", reset: "pending" },
  failed: { reset: "pending" },
  skipped: { reset: "pending" },
  canceled: { reset: "pending" },
} as const satisfies Record<TaskStatus, Partial<Record<TaskEvent, TaskStatus>>>;

export function findNextTaskStatus(status: TaskStatus, event: TaskEvent): TaskStatus | undefined {
  const row: Partial<Record<TaskEvent, TaskStatus>> = NEXT_TASK_STATUS[status];
  return row[event];
}

export function isFinalTask(status: TaskStatus): boolean {
  return status === "succeeded" || status === "failed" || status === "skipped" || status === "canceled";
}

/** How an attempt ended. A first success has no row of its own: the task's row is it. */
export const ATTEMPT_STATUSES = [
  "running",
  "succeeded",
  "failed",
  "timed_out",
  "crashed",
  "canceled",
  "interrupted",
  "unresponsive",
] as const;
export type AttemptStatus = (typeof ATTEMPT_STATUSES)[number];

/** What a task does when it is next run: an ordinary attempt, or first its prepare step. */
export const TASK_STEPS = ["body", "approved"] as const;
export type TaskStep = (typeof TASK_STEPS)[number];
