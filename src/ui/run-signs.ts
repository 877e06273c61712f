import type { TaskStatus } from "../core/task-status.ts";
import type { SeenRunStatus } from "../views/run-record.ts";
import type { Tone } from "./line.ts";

/** The sign of a task's status, one column each. */
export const TASK_SIGNS: Readonly<Record<TaskStatus, string>> = {
  ...{ pending: "·", ready: "·", running: "▸", retrying: "▸", waiting: "‖" },
  ...{ succeeded: "✓", failed: "✗", skipped: "–", canceled: "–" },
};

const TONES: Readonly<Partial<Record<TaskStatus | SeenRunStatus, Tone>>> = {
  ...{ succeeded: "good", failed: "danger", waiting: "warning", interrupted: "warning", running: "accent" },
};

export function toStatusTone(status: TaskStatus | SeenRunStatus): Tone {
  return TONES[status] ?? "plain";
}
