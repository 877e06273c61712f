import { DatabaseError } from "../core/errors.ts";
import { applyIntent, clearPause } from "../core/run-intent.ts";
import type { RunState } from "../core/run-state.ts";
import { isFinalRun } from "../core/run-status.ts";
import type { RunRow } from "../store/run-rows.ts";
import { parseTaskId } from "../store/task-id.ts";
import { isGated } from "./apply-decisions.ts";
import { expireCheckpoints } from "./expire.ts";
import { failRun } from "./fail-run.ts";
import { lookAtChildren } from "./follow-children.ts";
import { takeUpRun } from "./take-up-run.ts";
import type { TurnScope } from "./turn-scope.ts";
import { blameRun } from "./turn-trouble.ts";

/** Queued runs looked at in one turn: one whose workflow nobody knows must not cost more with every turn. */
const QUEUED_PER_TURN = 200;

/** What others have written: intents of owned runs, and detached runs that are queued. Inside a transaction. */
export function applyRequests(scope: TurnScope, touch: (state: RunState) => void, now: number): void {
  expireCheckpoints(scope.rows, now);
  applyIntents(scope, touch, now);
  noteAsks(scope);
  for (const state of scope.owned.states.values()) {
    if (!isGated(state) || !hasDecision(scope, state)) continue;
    state.mayHaveDecisions = true;
    touch(state);
  }
  if (scope.mayClaim) takeUpQueued(scope, touch, now);
  for (const state of [...scope.owned.states.values()]) {
    if (state.childNodes.size === 0) continue;
    blameRun(state.id, () => lookAtChildren(scope, state, { resumes: false }, touch, now));
  }
}

function hasDecision({ rows }: TurnScope, state: RunState): boolean {
  return rows.checkpoints.listPending(state.id).some((row) => row.status !== "open");
}

/** Whoever asks writes the question itself; the owner of the run closes it with the run. */
function noteAsks({ rows, owned }: TurnScope): void {
  for (const { id, runId } of rows.checkpoints.listAsksAfter(owned.askCursor)) {
    owned.askCursor = id;
    const state = owned.states.get(runId);
    if (state !== undefined) state.hasAsks = true;
  }
}

function applyIntents({ rows, owned, engineId }: TurnScope, touch: (state: RunState) => void, now: number): void {
  const wanted = new Set<number>();
  for (const { id, intent, reason } of rows.runs.listIntents(engineId)) {
    wanted.add(id);
    const state = owned.states.get(id);
    if (state === undefined || state.intent === intent) continue;
    touch(state);
    blameRun(id, () => applyIntent(state, intent, reason, now));
  }
  for (const state of owned.states.values()) {
    if (state.intent !== "pause" || wanted.has(state.id)) continue;
    touch(state);
    clearPause(state);
  }
}

function takeUpQueued(scope: TurnScope, touch: (state: RunState) => void, now: number): void {
  const { queue, states } = scope.owned;
  if (!queue.hasRoom(states)) return;
  const queued = scope.rows.runs.listQueued(queue.position, QUEUED_PER_TURN);
  queue.position = queued.length < QUEUED_PER_TURN ? 0 : (queued.at(-1)?.id ?? 0);
  for (const run of queued) {
    if (run.mode !== "detached" || scope.owned.states.has(run.id)) continue;
    if (isTakenUpWithParent(scope, run) || !scope.parts.knows(run)) continue;
    const state = takeUpOrFail(scope, run.id, now);
    if (state === undefined) continue;
    touch(state);
    scope.owned.keep(state);
  }
}

/** A child is taken up by who owns its parent (follow-children.ts, C3). */
function isTakenUpWithParent({ rows }: TurnScope, { parentTaskId }: RunRow): boolean {
  return parentTaskId !== null && !isFinalRun(rows.runs.getStatus(parseTaskId(parentTaskId).runId));
}

/** A run of which something of ours is wrong fails alone: it must not end each engine that comes to it. */
function takeUpOrFail(scope: TurnScope, runId: number, now: number): RunState | undefined {
  try {
    return takeUpRun(scope, runId, now);
  } catch (error) {
    if (!(error instanceof Error) || error instanceof DatabaseError) throw error;
    const { rows, plans, parts } = scope;
    failRun({ rows, plans, locks: parts.locks, now: () => now }, runId, error);
    return undefined;
  }
}
