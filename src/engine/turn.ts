import { recoverAttempts } from "../core/restore-run.ts";
import { applyIntent } from "../core/run-intent.ts";
import { hasChanges, type RunState } from "../core/run-state.ts";
import type { RunStatus } from "../core/run-status.ts";
import { settleAttempt, wakeTask } from "../core/settle-attempt.ts";
import type { TaskNode } from "../core/task-node.ts";
import { loadRun } from "../store/load-run.ts";
import { insertRuns, saveRuns } from "../store/rows.ts";
import type { NewRunRow } from "../store/run-inserts.ts";
import { admit } from "./admit.ts";
import { applyDecisions } from "./apply-decisions.ts";
import { applyRequests } from "./apply-requests.ts";
import { claimWave, createClaim } from "./claim-wave.ts";
import type { Arrival, Dispatcher } from "./dispatcher.ts";
import { finishRuns, lookAtChildren } from "./follow-children.ts";
import { openCheckpoints } from "./open-checkpoints.ts";
import { resumeWaiting } from "./run-control.ts";
import { submitRun } from "./submission.ts";
import { startRun, takeUpRun } from "./take-up-run.ts";
import { type Batch, DEADLINE, type Due, type TurnResult, type TurnScope } from "./turn-scope.ts";
import { blameRun } from "./turn-trouble.ts";

type Touch = (state: RunState) => void;

/** The work of one turn, inside one transaction: load, decide, save. `touched` is filled as it goes, for who has to undo it. */
export function runTurn(scope: TurnScope, batch: Batch, touched: Set<RunState>, now: number): TurnResult {
  const { rows, owned } = scope;
  const before = new Map<RunState, RunStatus>();
  const touch = (state: RunState): void => {
    if (touched.has(state)) return;
    touched.add(state);
    before.set(state, state.status);
  };
  const answers: (() => void)[] = [];
  if (batch.hasRequests) scope.desk.noteRequests();
  reloadStale(scope, touch);
  if (batch.hasRequests) applyRequests(scope, touch, now);
  submitAll(scope, batch, answers, touch, now);
  for (const pending of batch.takeUps) admit(pending, answers, () => takeUp(scope, pending.value, touch, now));
  for (const arrival of batch.arrivals) blameRun(arrival.ticket.runId, () => settle(scope, arrival, touch, now));
  for (const due of batch.due) blameRun(due.runId, () => wake(scope, due, touch, now));
  for (const state of touched) {
    if (state.mayHaveDecisions) blameRun(state.id, () => applyDecisions(scope, state, now));
  }
  const opens = openAll(scope, touched, now); // before the verdict on the run: an agent may have decided already
  finishRuns(scope, touched, touch, now);
  const opensMore = openAll(scope, touched, now); // reviews of layers that have just ended
  for (const state of touched) owned.noteClaimable(state);
  scope.desk.settle(touched, owned, scope.engineId);
  const claimed = scope.mayClaim ? claimWave(scope, touch, now) : [];
  for (const state of touched) state.ownerId = state.status === "running" ? scope.engineId : null;
  const hasWritten = [...touched].some(hasChanges);
  saveRuns(rows, touched, now, { isUndisturbed: !batch.hasRequests });
  scope.desk.save();
  const claims = claimed.map((each) => createClaim(scope, each));
  return { touched, claims, answers, before, opensGates: opens || opensMore, hasWritten };
}

/** True where one was opened. */
function openAll(scope: TurnScope, touched: ReadonlySet<RunState>, now: number): boolean {
  let opens = false;
  for (const state of touched) {
    if (state.questions.length === 0) continue;
    blameRun(state.id, () => openCheckpoints(scope, state, now));
    opens = true;
  }
  return opens;
}

function submitAll(scope: TurnScope, { submissions }: Batch, answers: (() => void)[], touch: Touch, now: number): void {
  const { rows, plans, owned, engineId, parts } = scope;
  const begin = (state: RunState): void => {
    startRun(state, now);
    state.ownerId = engineId;
  };
  const together: NewRunRow[] = [];
  for (const pending of submissions) {
    admit(pending, answers, () => {
      const submitted = submitRun(rows, plans, pending.value, parts.ambient.newUid, now, { begin, together });
      if (submitted.kind === "known") return submitted.runId;
      touch(submitted.state);
      owned.keep(submitted.state);
      return submitted.state.id;
    });
  }
  insertRuns(rows, together);
}

function takeUp(scope: TurnScope, runId: number, touch: Touch, now: number): number {
  const found = scope.owned.states.get(runId);
  if (found !== undefined) return runId;
  resumeWaiting({ ...scope, locks: scope.parts.locks, now: () => now }, runId);
  const state = takeUpRun(scope, runId, now);
  touch(state);
  scope.owned.keep(state);
  lookAtChildren(scope, state, { resumes: true }, touch, now);
  return runId;
}

/** After a transaction that threw: rows are the truth, and attempts that live here go on. */
function reloadStale(scope: TurnScope, touch: Touch): void {
  for (const runId of scope.owned.stale) {
    if (scope.rows.runs.find(runId) === undefined) {
      scope.owned.stale.delete(runId); // its submission was rolled back, and comes again
      continue;
    }
    blameRun(runId, () => reload(scope, runId, touch));
  }
}

function reload({ rows, plans, owned, parts, dispatcher, engineId }: TurnScope, runId: number, touch: Touch): void {
  const state = loadRun(rows, plans.get, runId);
  owned.stale.delete(runId);
  if (state.status !== "running" || state.ownerId !== engineId) return;
  recoverAttempts(state, (node) => isLiveHere(dispatcher, state, node), parts.ambient.clock.now(), "lost");
  touch(state);
  owned.keep(state);
}

function isLiveHere(dispatcher: Dispatcher, state: RunState, node: TaskNode): boolean {
  const { index, generation, attempt } = node;
  return dispatcher.isLive({ runId: state.id, index, generation, attempt });
}

/** An outcome counts only if task, generation and attempt are current. */
function settle(scope: TurnScope, { ticket, outcome }: Arrival, touch: Touch, now: number): void {
  const state = scope.owned.states.get(ticket.runId);
  const node = state?.nodes[ticket.index];
  if (state === undefined || node === undefined) return;
  if (!node.isActive || node.generation !== ticket.generation || node.attempt !== ticket.attempt) return;
  touch(state);
  settleAttempt(state, node, outcome, now, scope.parts.ambient.chance);
}

function wake({ owned }: TurnScope, due: Due, touch: Touch, now: number): void {
  const state = owned.states.get(due.runId);
  if (due.index === DEADLINE) {
    if (state === undefined || state.deadlineAt !== due.at) return;
    touch(state);
    return applyIntent(state, "cancel", "timeout", now);
  }
  const node = state?.nodes[due.index];
  if (state === undefined || node === undefined || node.status !== "retrying" || node.wakeAt !== due.at) return;
  touch(state);
  wakeTask(state, node);
}
