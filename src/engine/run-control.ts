import { ConflictError } from "../core/errors.ts";
import { listFailedAncestors, resetTasks } from "../core/reset-tasks.ts";
import { clearPause } from "../core/run-intent.ts";
import { noteFact } from "../core/run-notes.ts";
import { moveRun, type RunState } from "../core/run-state.ts";
import { getNextRunStatus, type RunStatus } from "../core/run-status.ts";
import { loadRun } from "../store/load-run.ts";
import { saveRun } from "../store/rows.ts";
import type { RunRow } from "../store/run-rows.ts";
import { parseTaskId } from "../store/task-id.ts";
import {
  type Changed,
  type ControlScope,
  changeRun,
  describeRun,
  isExecuted,
  raiseIntentOf,
  tellParents,
} from "./raise-intent.ts";
import { listRetryTargets } from "./retry-targets.ts";
import { releaseRun } from "./take-up-run.ts";

/**
 * What people do with runs: cancel, pause, resume, retry. Each call belongs inside a transaction.
 *
 * The rows of a run that an engine executes are the engine's: there only `intent` is written, and the engine acts on it
 * within its poll. A run without a live owner is changed directly, so that it takes effect at once with no engine.
 */
export interface RunControl {
  getStatus(runId: number): RunStatus;
  cancel(runId: number, reason: string | null): Changed;
  pause(runId: number): Changed;
  /** A paused run is queued again; a pause that was only asked for is taken back. */
  resume(runId: number): Changed;
  /** A run that has ended is queued again, with its failed part, or `from` and all that follows, to be run anew. */
  retry(runId: number, from: string | null): Retried;
}

export interface Retried {
  readonly kept: number;
  /** Names of the declared tasks that run again, those first that were asked for. */
  readonly again: readonly string[];
}

export function createRunControl(scope: ControlScope): RunControl {
  const { rows } = scope;
  return {
    getStatus: (runId) => rows.runs.getStatus(runId),
    cancel: (runId, reason) =>
      tellParents(scope, runId, raiseIntentOf(scope, runId, "cancel", reason === null ? null : quoteOwnReason(reason))),
    pause: (runId) => raiseIntentOf(scope, runId, "pause", null),
    resume: (runId) => tellParents(scope, runId, resumeRun(scope, runId)),
    retry: (runId, from) => retryRun(scope, runId, from),
  };
}

/** These words, where the engine says them, make the verdict "failed"; from a person they are only words. */
function quoteOwnReason(reason: string): string {
  return reason === "timeout" || reason === "internal" ? `"${reason}"` : reason;
}

function resumeRun(scope: ControlScope, runId: number): Changed {
  const { rows } = scope;
  const run = rows.runs.get(runId);
  if (isExecuted(scope, run)) {
    if (run.intent === "pause") rows.runs.setIntent(runId, "none", null);
    resumeChildren(scope, runId);
    return { isDone: false, status: run.status };
  }
  if (run.status === "waiting") resumeWaiting(scope, runId);
  const status = rows.runs.getStatus(runId);
  if (status === "queued") return { isDone: true, status };
  if (status !== "running") getNextRunStatus(run.status, "resume", () => describeRun(run));
  return changeRun(scope, run, (state) => {
    for (const { childRun } of state.childNodes) if (childRun !== null) resumeChild(scope, childRun.runId);
    if (state.status === "running") releaseRun(state);
    else moveRun(state, "resume");
    clearPause(state);
    noteFact(state, "run.queued");
  });
}

/** Child runs that were paused go on with their parent. True where there was one. */
function resumeChildren(scope: ControlScope, runId: number): boolean {
  const children = scope.rows.runs.listOpenChildren(runId);
  return children.map((childId) => resumeChild(scope, childId)).includes(true);
}

function resumeChild(scope: ControlScope, runId: number): boolean {
  const { status, intent } = scope.rows.runs.get(runId);
  const isPaused = status === "paused" || (status === "running" && intent === "pause");
  if (!isPaused) return resumeChildren(scope, runId) && wakeWaiting(scope, runId);
  resumeRun(scope, runId);
  return true;
}

/** A child of it goes on, so it does. */
function wakeWaiting({ rows }: ControlScope, runId: number): true {
  if (rows.runs.getStatus(runId) === "waiting") rows.runs.markParked(runId, "waiting", "queued");
  return true;
}

/** A run that waits only because a child of it was paused goes on with that child. */
export function resumeWaiting(scope: ControlScope, runId: number): void {
  if (scope.rows.runs.getStatus(runId) === "waiting" && resumeChildren(scope, runId)) wakeWaiting(scope, runId);
}

function retryRun(scope: ControlScope, runId: number, from: string | null): Retried {
  const { rows, plans } = scope;
  const run = rows.runs.get(runId);
  if (isExecuted(scope, run)) {
    throw new ConflictError(
      `${describeRun(run)} is running: nothing was reset. Stop it first: lockstep cancel ${runId}`,
    );
  }
  getNextRunStatus(run.status, "retry", () => describeRun(run));
  if (run.rowCount <= 0) throw createPrunedError(run);
  if (run.parentTaskId !== null) throw createChildRetryError(run);
  const state = loadRun(rows, plans.get, runId);
  const targets = listRetryTargets(state, from);
  moveRun(state, "retry");
  state.intent = "none";
  state.reason = null;
  state.finishedAt = null;
  state.parkedAt = null;
  const before = from === null ? [] : targets.flatMap((target) => listFailedAncestors(state, target));
  const again = resetTasks(state, targets, from !== null, before);
  restartDeadline(state, scope.now());
  noteFact(state, "run.retried", { tasks: again.length });
  saveRun(rows, state, scope.now());
  const kept = state.nodes.filter((node) => node?.status === "succeeded" && node.parent === null).length;
  return { kept, again: again.map((index) => state.plan.spec.tasks[index]?.id ?? "") };
}

/** What its task waits for is the child run of its last attempt: another one comes of another attempt. */
function createChildRetryError(run: RunRow): ConflictError {
  const parent = parseTaskId(run.parentTaskId ?? 0).runId;
  return new ConflictError(
    `${describeRun(run)} is a child run of #${parent}, whose task has ended with it. Nothing was done. Retry that one: lockstep retry ${parent}`,
  );
}

function createPrunedError(run: RunRow): ConflictError {
  return new ConflictError(
    `${describeRun(run)} was pruned: only what was decided is left of it. Nothing was reset. Start it anew: lockstep run ${run.workflow}`,
  );
}

/** The run's time begins anew. */
function restartDeadline(state: RunState, now: number): void {
  const { timeoutMs } = state.plan.spec;
  if (timeoutMs !== undefined) state.deadlineAt = now + timeoutMs;
}
