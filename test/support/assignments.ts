import { hashValue } from "../../src/core/canonical-json.ts";
import type { TaskSpec, WorkflowSpec } from "../../src/core/workflow-spec.ts";
import type { TaskProgram, WorkflowProgram } from "../../src/definition/program.ts";
import type { Assignment } from "../../src/runners/runner.ts";

/** A workflow of one task. */
export function createProgram(task: TaskProgram, spec: Partial<TaskSpec> = {}): WorkflowProgram {
  const workflow: WorkflowSpec = { format: 1, name: "sample", tasks: [{ id: "work", kind: "function", ...spec }] };
  return { spec: workflow, tasks: [task], parseInput: async (value) => value };
}

let count = 0;

/** The assignment of that task, or of another one of `spec`. */
export function createAssignment(spec: WorkflowSpec, change: Partial<Assignment> = {}): Assignment {
  const task = spec.tasks[change.taskIndex ?? 0];
  if (task === undefined) throw new Error("no such task");
  count += 1;
  return {
    attemptId: `run${count}:${task.id}::1:1`,
    definitionHash: hashValue(spec),
    run: { id: "1", uid: `run${count}`, workflow: spec.name },
    labels: {},
    taskIndex: 0,
    spec: task,
    step: "body",
    approved: false,
    inputJson: "{}",
    needsJson: {},
    itemJson: null,
    index: null,
    attempt: 1,
    idempotencyKey: `run${count}:${task.id}::1`,
    scheduledAt: "2026-11-24T02:30:00+01:00",
    feedback: null,
    answersJson: null,
    logPath: null,
    alone: false,
    cwd: process.cwd(),
    ...change,
  };
}

export const NEVER = new AbortController().signal;
