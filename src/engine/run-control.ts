import { ConflictError } from "../core/errors.ts";
import { finishTurn } from "../core/finish-turn.ts";
import type { EngineLocks } from "../core/ports.ts";
import { listFailedAncestors, resetTasks } from "../core/reset-tasks.ts";
import { recoverAttempts } from "../core/restore-run.ts";
import { applyIntent, clearPause } from "../core/run-intent.ts";
import { noteFact } from "../core/run-notes.ts";
import { moveRun, type RunState } from "../core/run-state.ts";
import { getNextRunStatus, type RunIntent, type RunStatus, raiseIntent } from "../core/run-status.ts";
import { loadRun } from "../store/load-run.ts";
import { type Rows, saveRun } from "../store/rows.ts";
import type { RunRow } from "../store/run-rows.ts";
import type { PlanCache } from "./plan-cache.ts";
import { listRetryTargets } from "./retry-targets.ts";
import { isOwnerAlive, releaseRun } from "./take-up-run.ts";

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

export interface Changed {
  /** False: an engine executes the run, and will act on what was noted. */
  readonly isDone: boolean;
  readonly status: RunStatus;
}

export interface Retried {
  readonly kept: number;
  /** Names of the declared tasks that run again, those first that were asked for. */
  readonly again: readonly string[];
}

export interface RunControlParts {
  readonly rows: Rows;
  readonly plans: PlanCache;
  readonly locks: EngineLocks;
  now(): number;
}

export function createRunControl(parts: RunControlParts): RunControl {
  const { rows } = parts;
  return {
    getStatus: (runId) => rows.runs.getStatus(runId),
    cancel: (runId, reason) => setIntent(parts, runId, "cancel", reason === null ? null : quoteOwnReason(reason)),
    pause: (runId) => setIntent(parts, runId, "pause", null),
    resume: (runId) => resumeRun(parts, runId),
    retry: (runId, from) => retryRun(parts, runId, from),
  };
}

/** These words, where the engine says them, make the verdict "failed"; from a person they are only words. */
function quoteOwnReason(reason: string): string {
  return reason === "timeout" || reason === "internal" ? `"${reason}"` : reason;
}

function setIntent(parts: RunControlParts, runId: number, intent: RunIntent, reason: string | null): Changed {
  const { rows } = parts;
  const run = rows.runs.get(runId);
  getNextRunStatus(run.status, intent === "cancel" ? "cancel" : "pause", () => describe(run));
  if (isExecuted(parts, run)) {
    const raised = raiseIntent(run.intent, intent);
    if (raised !== run.intent) rows.runs.setIntent(runId, raised, reason); // what was asked for first keeps its reason
    return { isDone: false, status: run.status };
  }
  return change(parts, run, (state, now) => {
    releaseRun(state);
    recoverAttempts(state, () => false, now, "its engine was lost");
    applyIntent(state, intent, reason, now);
    if (state.mustStop) applyIntent(state, "stop", null, now);
    if (intent !== "pause") return;
    moveRun(state, "pause");
    state.parkedAt ??= now;
  });
}

function resumeRun(parts: RunControlParts, runId: number): Changed {
  const { rows } = parts;
  const run = rows.runs.get(runId);
  if (isExecuted(parts, run)) {
    if (run.intent === "pause") rows.runs.setIntent(runId, "none", null);
    return { isDone: false, status: run.status };
  }
  if (run.status === "queued") return { isDone: true, status: run.status };
  if (run.status !== "running") getNextRunStatus(run.status, "resume", () => describe(run));
  return change(parts, run, (state) => {
    if (state.status === "running") releaseRun(state);
    else moveRun(state, "resume");
    clearPause(state);
    noteFact(state, "run.queued");
  });
}

function retryRun(parts: RunControlParts, runId: number, from: string | null): Retried {
  const { rows, plans } = parts;
  const run = rows.runs.get(runId);
  if (isExecuted(parts, run)) {
    throw new ConflictError(`${describe(run)} is running: nothing was reset. Stop it first: lockstep cancel ${runId}`);
  }
  getNextRunStatus(run.status, "retry", () => describe(run));
  const state = loadRun(rows, plans.get, runId);
  const targets = listRetryTargets(state, from);
  moveRun(state, "retry");
  state.intent = "none";
  state.reason = null;
  state.finishedAt = null;
  state.parkedAt = null;
  const before = from === null ? [] : targets.flatMap((target) => listFailedAncestors(state, target));
  const again = resetTasks(state, targets, from !== null, before);
  restartDeadline(state, parts.now());
  noteFact(state, "run.retried", { tasks: again.length });
  saveRun(rows, state, parts.now());
  const kept = state.nodes.filter((node) => node?.status === "succeeded" && node.parent === null).length;
  return { kept, again: again.map((index) => state.plan.spec.tasks[index]?.id ?? "") };
}

/** The run's time begins anew. */
function restartDeadline(state: RunState, now: number): void {
  const { timeoutMs } = state.plan.spec;
  if (timeoutMs !== undefined) state.deadlineAt = now + timeoutMs;
}

/** Load, decide, save: of a run that nobody owns. */
function change(parts: RunControlParts, run: RunRow, decide: (state: RunState, now: number) => void): Changed {
  const now = parts.now();
  const state = loadRun(parts.rows, parts.plans.get, run.id);
  decide(state, now);
  if (state.intent === "cancel") finishTurn(state, now);
  state.ownerId = null;
  saveRun(parts.rows, state, now);
  return { isDone: true, status: state.status };
}

function isExecuted(parts: RunControlParts, run: RunRow): boolean {
  return run.status === "running" && isOwnerAlive({ rows: parts.rows, parts }, run);
}

function describe(run: RunRow): string {
  return `#${run.id} ${run.workflow}`;
}
