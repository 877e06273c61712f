import { dirname } from "node:path";
import { linkChild } from "../core/child-link.ts";
import { LockstepError } from "../core/errors.ts";
import { CHILD_DEPTH_MAX } from "../core/limits.ts";
import type { ChildStart } from "../core/parked-work.ts";
import { noteFact } from "../core/run-notes.ts";
import type { RunState } from "../core/run-state.ts";
import { settleChild } from "../core/settle-child.ts";
import type { WorkflowSpec } from "../core/workflow-spec.ts";
import type { Rows } from "../store/rows.ts";
import { getTaskId, parseTaskId } from "../store/task-id.ts";
import { createEnd } from "./child-end.ts";
import { type Submission, submitRun } from "./submission.ts";
import { startRun } from "./take-up-run.ts";
import type { TurnScope } from "./turn-scope.ts";

/**
 * Inserts the runs of tasks that were handed to child workflows: in the transaction that parks the task, so there is one
 * child for each attempt. They belong to the engine that owns their parent, and begin at once.
 */
export function startChildren(scope: TurnScope, state: RunState, touch: (state: RunState) => void, now: number): void {
  const starts = state.children;
  state.children = [];
  for (const start of starts) {
    if (start.node.status !== "waiting") continue; // canceled in the same turn
    const child = startChild(scope, state, start, now);
    if (child !== undefined) touch(child);
  }
}

function startChild(scope: TurnScope, state: RunState, start: ChildStart, now: number): RunState | undefined {
  const { rows, plans, parts, owned, engineId } = scope;
  const { node, workflow } = start;
  const fail = (code: string, message: string): undefined =>
    settleChild(state, node, createEnd(code, message, false), now, parts.ambient.chance) as undefined;
  const names = [...listAncestors(rows, state), workflow.name];
  if (names.length > CHILD_DEPTH_MAX + 1) return fail("child_depth", describeTooDeep(names));
  const begin = (child: RunState): void => {
    startRun(child, now);
    limitTime(child, node.spec.timeoutMs, now);
    child.ownerId = engineId;
  };
  try {
    const submitted = submitRun(rows, plans, createSubmission(state, start), parts.ambient.newUid, now, { begin });
    if (submitted.kind === "known") return undefined; // a child has no key
    linkChild(state, node, submitted.state.id, submitted.state.status);
    noteFact(state, "child.started", { run: submitted.state.id, workflow: workflow.name }, node.index);
    owned.keep(submitted.state);
    return submitted.state;
  } catch (error) {
    if (!(error instanceof LockstepError) || error.exitCode === 5) throw error;
    return fail(error.code, error.message);
  }
}

/** What the child does not say itself it has of its parent. */
function createSubmission(state: RunState, { node, inputJson, workflow }: ChildStart): Submission {
  const { facts } = state;
  const { specJson, definitionHash: hash } = workflow;
  const file = workflow.file ?? facts.file;
  const exportName = workflow.file === undefined ? facts.exportName : workflow.exportName;
  const codeHash = workflow.codeHash ?? facts.codeHash;
  return {
    definition: { hash, specJson, spec: JSON.parse(specJson) as WorkflowSpec },
    inputJson,
    mode: state.mode,
    cwd: workflow.file === undefined ? facts.cwd : dirname(workflow.file),
    labels: facts.labels,
    scheduledAt: facts.scheduledAt,
    parentTaskId: getTaskId(state.id, node.index),
    ...(file == null ? {} : { file }),
    ...(exportName == null ? {} : { exportName }),
    ...(codeHash == null ? {} : { codeHash }),
  };
}

/** The timeout of a child task holds for the whole child run. */
function limitTime(child: RunState, timeoutMs: number | undefined, now: number): void {
  if (timeoutMs === undefined) return;
  child.deadlineAt = Math.min(child.deadlineAt ?? Number.POSITIVE_INFINITY, now + timeoutMs);
}

/** Names of the workflows from the first that was started down to this run's. */
function listAncestors(rows: Rows, state: RunState): string[] {
  const names = [state.plan.spec.name];
  for (let taskId = state.parentTaskId; taskId !== null; ) {
    const parent = rows.runs.get(parseTaskId(taskId).runId);
    names.unshift(parent.workflow);
    taskId = parent.parentTaskId;
  }
  return names;
}

function describeTooDeep(names: readonly string[]): string {
  const chain = [...names.slice(0, 3), "…", ...names.slice(-2)].join(" › ");
  return `child workflows may be ${CHILD_DEPTH_MAX} deep, and this one would be deeper (${chain}). A workflow that starts itself never ends: give it an if.`;
}
