/**
 * Parents and children in one turn: what happens to one of them reaches the others in the same transaction.
 *
 * C1 The owner of a parent settles its task. A child that ends elsewhere, or while nobody owns its parent, is found when
 *    the parent's owner looks: on each change of the file, and when it takes the parent up.
 * C2 A parent is final, parked or paused only once no child of it goes on by itself.
 * C3 A child is taken up by way of its parent: one engine owns both.
 */
import { noteChildStatus } from "../core/child-link.ts";
import { finishTurn } from "../core/finish-turn.ts";
import { applyIntent } from "../core/run-intent.ts";
import type { RunState } from "../core/run-state.ts";
import { isFinalRun } from "../core/run-status.ts";
import { settleChild } from "../core/settle-child.ts";
import type { TaskNode } from "../core/task-node.ts";
import { saveRun } from "../store/rows.ts";
import type { RunRow } from "../store/run-rows.ts";
import { parseTaskId } from "../store/task-id.ts";
import { readChildEnd } from "./child-end.ts";
import { describeCascade, raiseIntentOfChild, wakeParents } from "./raise-intent.ts";
import { startChildren } from "./start-children.ts";
import { isOwnerAlive, takeUpRun } from "./take-up-run.ts";
import type { TurnScope } from "./turn-scope.ts";
import { blameRun } from "./turn-trouble.ts";

type Touch = (state: RunState) => void;

/** `finishTurn` for all touched runs, their children and their parents, until nothing more follows. */
export function finishRuns(scope: TurnScope, touched: ReadonlySet<RunState>, touch: Touch, now: number): void {
  let due: Iterable<RunState> = [...touched];
  for (let isDone = false; !isDone; ) {
    const next = new Set<RunState>();
    const touchNext = (state: RunState): void => {
      touch(state);
      next.add(state);
    };
    for (const state of due) blameRun(state.id, () => finishOne(scope, state, touchNext, now));
    due = next;
    isDone = next.size === 0;
  }
}

function finishOne(scope: TurnScope, state: RunState, touch: Touch, now: number): void {
  if (state.children.length > 0) startChildren(scope, state, touch, now);
  finishTurn(state, now);
  if (state.childNodes.size > 0) passIntentDown(scope, state, touch, now);
  if (state.parentTaskId !== null) tellParent(scope, state, state.parentTaskId, touch, now);
}

function passIntentDown(scope: TurnScope, state: RunState, touch: Touch, now: number): void {
  const { intent } = state;
  if (intent !== "cancel" && intent !== "pause") return;
  const reason = describeCascade(state, intent);
  for (const node of [...state.childNodes]) {
    const runId = node.childRun?.runId as number;
    const child = scope.owned.states.get(runId);
    if (child === undefined) {
      raiseIntentOfChild({ ...scope, locks: scope.parts.locks, now: () => now }, runId, state, intent);
      lookAtChild(scope, state, node, { resumes: false }, touch, now);
    } else if (child.intent !== "cancel" && child.intent !== intent && !isFinalRun(child.status)) {
      touch(child);
      applyIntent(child, intent, reason, now);
    }
  }
}

/** A child of this engine has ended, rests, or goes on again. */
function tellParent(scope: TurnScope, child: RunState, taskId: number, touch: Touch, now: number): void {
  const { runId, index } = parseTaskId(taskId);
  const parent = scope.owned.states.get(runId);
  const node = parent?.nodes[index];
  if (parent === undefined || node === undefined) {
    if (child.status !== child.savedStatus && child.status !== "waiting" && child.status !== "paused")
      wakeParents(scope.rows, taskId);
    return;
  }
  if (node.childRun?.runId !== child.id) return;
  if (!isFinalRun(child.status)) {
    if (noteChildStatus(parent, node, child.status)) touch(parent);
    return;
  }
  child.ownerId = null;
  saveRun(scope.rows, child, now); // its result is read from its rows
  settle(scope, parent, node, child.id, touch, now);
}

function settle(scope: TurnScope, parent: RunState, node: TaskNode, childId: number, touch: Touch, now: number): void {
  touch(parent);
  const end = readChildEnd(scope.rows, scope.plans, childId);
  settleChild(parent, node, end, now, scope.parts.ambient.chance);
}

/** `resumes`: a person wants the parent to go on, so children that are paused do, too. */
export interface Look {
  readonly resumes: boolean;
}

/** What has become of the children of an owned run; what nobody executes of them is taken up. */
export function lookAtChildren(scope: TurnScope, state: RunState, look: Look, touch: Touch, now: number): void {
  for (const node of [...state.childNodes]) lookAtChild(scope, state, node, look, touch, now);
}

function lookAtChild(scope: TurnScope, state: RunState, node: TaskNode, look: Look, touch: Touch, now: number): void {
  const { rows, owned } = scope;
  const runId = node.childRun?.runId;
  if (runId === undefined || owned.states.has(runId) || owned.stale.has(runId)) return;
  const row = rows.runs.get(runId);
  if (isFinalRun(row.status)) return settle(scope, state, node, runId, touch, now);
  if (mayTakeUp(scope, state, row, look)) {
    const child = takeUpRun(scope, runId, now);
    touch(child);
    owned.keep(child);
    lookAtChildren(scope, child, look, touch, now);
    if (noteChildStatus(state, node, child.status)) touch(state);
    return;
  }
  if (noteChildStatus(state, node, row.status)) touch(state);
}

function mayTakeUp(scope: TurnScope, state: RunState, row: RunRow, { resumes }: Look): boolean {
  if (!scope.mayClaim || state.intent === "cancel" || state.intent === "pause") return false;
  if (row.status === "paused") return resumes;
  if (row.status === "queued") return true;
  return row.status === "running" && isOwnerGone(scope, row);
}

/** What a dead engine left alive must have ended first: `recoverOthers` sees to that, and says so in the engine's row. */
function isOwnerGone(scope: TurnScope, row: RunRow): boolean {
  if (row.engineId === scope.engineId) return false;
  const status = row.engineId === null ? undefined : scope.rows.engines.find(row.engineId)?.status;
  return (status === undefined || status === "lost" || status === "ended") && !isOwnerAlive(scope, row);
}
