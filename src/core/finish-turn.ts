import { assert } from "./errors.ts";
import { advanceLayers } from "./readiness.ts";
import { applyIntent } from "./run-intent.ts";
import { noteFact } from "./run-notes.ts";
import { moveRun, type RunState } from "./run-state.ts";
import { isFinalRun } from "./run-status.ts";

/**
 * Due once for each run that a turn has touched: what its layers, its status and its verdict are now (engine.md 1).
 * The verdict: intent cancel → canceled (failed where its deadline asked for it); a failure that counts → failed; a
 * rejection → canceled; else succeeded.
 */
export function finishTurn(state: RunState, now: number): void {
  if (isFinalRun(state.status)) return;
  if (state.mustStop) {
    state.mustStop = false;
    applyIntent(state, "stop", null, now);
  }
  if (state.unsettled > 0) advanceLayers(state);
  if (state.unsettled === 0 && state.active === 0) return endRun(state, now);
  if (state.status !== "running" || state.active > 0) return;
  if (state.intent === "pause") {
    if (state.childrenActive === 0) park(state, "pause", now);
    return;
  }
  if (state.waiting + Number(state.reviewLayer >= 0) > 0 && isIdle(state)) return park(state, "park", now);
  assertGoesOn(state);
}

/** A run that neither runs nor waits for anything would hang for ever: better it fails loudly. */
function assertGoesOn(state: RunState): void {
  assert(!isIdle(state), `run ${state.id}: ${state.unsettled} tasks are left and nothing can start`);
}

/** Nothing can go on before a decision: a child that runs, a try that is due later and a ready task can. */
function isIdle(state: RunState): boolean {
  return (
    state.retrying === 0 &&
    state.childrenActive === 0 &&
    state.ready.function.size === 0 &&
    state.ready.command.size === 0 &&
    state.lanes.every((lane) => lane.size === 0)
  );
}

function park(state: RunState, event: "pause" | "park", now: number): void {
  moveRun(state, event);
  state.parkedAt = now;
  noteFact(state, `run.${state.status}`);
}

function endRun(state: RunState, now: number): void {
  moveRun(state, judgeRun(state));
  state.finishedAt = now;
  state.reviewLayer = -1;
  noteFact(state, `run.${state.status}`, state.reason === null ? undefined : { reason: state.reason });
}

function judgeRun(state: RunState): "succeed" | "fail" | "cancel" {
  if (state.intent === "cancel") return state.reason === "timeout" || state.reason === "internal" ? "fail" : "cancel";
  if (state.hasFailed) return "fail";
  return state.isRejected ? "cancel" : "succeed";
}
