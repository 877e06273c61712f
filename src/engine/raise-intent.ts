import { finishTurn } from "../core/finish-turn.ts";
import type { EngineLocks } from "../core/ports.ts";
import { recoverAttempts } from "../core/restore-run.ts";
import { applyIntent } from "../core/run-intent.ts";
import { moveRun, type RunState } from "../core/run-state.ts";
import {
  findNextRunStatus,
  getNextRunStatus,
  isFinalRun,
  type RunIntent,
  type RunStatus,
  raiseIntent,
} from "../core/run-status.ts";
import { cancelChildTasks } from "../core/settle-child.ts";
import { loadRun } from "../store/load-run.ts";
import { type Rows, saveRun } from "../store/rows.ts";
import type { RunRow } from "../store/run-rows.ts";
import { parseTaskId } from "../store/task-id.ts";
import type { PlanCache } from "./plan-cache.ts";
import { isOwnerAlive, releaseRun } from "./take-up-run.ts";

export interface Changed {
  /** False: an engine executes the run, and will act on what was noted. */
  readonly isDone: boolean;
  readonly status: RunStatus;
}

export interface ControlScope {
  readonly rows: Rows;
  readonly plans: PlanCache;
  readonly locks: EngineLocks;
  now(): number;
}

/** Wants a run to pause or to be canceled, and its child runs with it. Inside a transaction. */
export function raiseIntentOf(scope: ControlScope, runId: number, intent: RunIntent, reason: string | null): Changed {
  const { rows } = scope;
  const run = rows.runs.get(runId);
  getNextRunStatus(run.status, intent === "cancel" ? "cancel" : "pause", () => describeRun(run));
  if (isExecuted(scope, run)) {
    const raised = raiseIntent(run.intent, intent);
    if (raised !== run.intent) rows.runs.setIntent(runId, raised, reason); // what was asked for first keeps its reason
    return { isDone: false, status: run.status };
  }
  return changeRun(scope, run, (state, now) => {
    releaseRun(state);
    recoverAttempts(state, () => false, now, "its engine was lost");
    applyIntent(state, intent, reason, now);
    if (state.mustStop) applyIntent(state, "stop", null, now);
    passIntentDown(scope, state, intent === "cancel" ? "cancel" : "pause", now);
    if (intent !== "pause") return;
    moveRun(state, "pause");
    state.parkedAt ??= now;
  });
}

/** The child runs of a run that nobody executes: a cancel ends their tasks, too. */
export function passIntentDown(scope: ControlScope, state: RunState, intent: "pause" | "cancel", now: number): void {
  for (const { childRun } of [...state.childNodes]) {
    if (childRun !== null) raiseIntentOfChild(scope, childRun.runId, state, intent);
  }
  if (intent === "cancel") cancelChildTasks(state, now);
}

/** The same for one child; what cannot pause or has ended is left as it is. */
export function raiseIntentOfChild(
  scope: ControlScope,
  runId: number,
  { id, reason }: RunState,
  intent: "pause" | "cancel",
): void {
  const { status } = scope.rows.runs.get(runId);
  if (findNextRunStatus(status, intent) === undefined) return;
  raiseIntentOf(scope, runId, intent, describeCascade({ id, reason }, intent));
}

/** The reason that a child is given; a pause needs none. */
export function describeCascade(
  { id, reason }: Pick<RunState, "id" | "reason">,
  intent: "pause" | "cancel",
): string | null {
  if (intent === "pause") return null;
  return reason === null ? `its parent #${id} was canceled` : `its parent #${id} was canceled: ${reason}`;
}

/** Load, decide, save: of a run that nobody owns. `tellParents` is due, but where its parent asked for it. */
export function changeRun(scope: ControlScope, run: RunRow, decide: (state: RunState, now: number) => void): Changed {
  const now = scope.now();
  const state = loadRun(scope.rows, scope.plans.get, run.id);
  decide(state, now);
  if (state.intent === "cancel") finishTurn(state, now);
  state.ownerId = null;
  saveRun(scope.rows, state, now);
  scope.rows.resources.releaseRun(run.id); // what a dead engine has left of it
  return { isDone: true, status: state.status };
}

/** A person has changed a run: those that wait for it may go on. */
export function tellParents({ rows }: ControlScope, runId: number, changed: Changed): Changed {
  const { status, isDone } = changed;
  if (isDone && (status === "queued" || isFinalRun(status))) wakeParents(rows, rows.runs.get(runId).parentTaskId);
  return changed;
}

/** Runs that wait for this child alone may go on: who executes them looks at it. */
export function wakeParents(rows: Rows, parentTaskId: number | null): void {
  for (let taskId = parentTaskId; taskId !== null; ) {
    const parent = rows.runs.get(parseTaskId(taskId).runId);
    if (parent.status === "waiting") rows.runs.markParked(parent.id, "waiting", "queued");
    taskId = parent.parentTaskId;
  }
}

export function isExecuted({ rows, locks }: ControlScope, run: RunRow): boolean {
  return run.status === "running" && isOwnerAlive({ rows, parts: { locks } }, run);
}

export function describeRun(run: RunRow): string {
  return `#${run.id} ${run.workflow}`;
}
