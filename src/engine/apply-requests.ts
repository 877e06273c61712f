import { applyIntent, clearPause } from "../core/run-intent.ts";
import type { RunState } from "../core/run-state.ts";
import { takeUpRun } from "./take-up-run.ts";
import type { TurnScope } from "./turn-scope.ts";

/** Queued runs looked at in one turn: one whose workflow nobody knows must not cost more with every turn. */
const QUEUED_PER_TURN = 200;

/** What others have written: intents of owned runs, and detached runs that are queued. Inside a transaction. */
export function applyRequests(scope: TurnScope, touch: (state: RunState) => void, now: number): void {
  applyIntents(scope, touch, now);
  if (scope.mayClaim) takeUpQueued(scope, touch, now);
}

function applyIntents({ rows, owned, engineId }: TurnScope, touch: (state: RunState) => void, now: number): void {
  const wanted = new Set<number>();
  for (const { id, intent, reason } of rows.runs.listIntents(engineId)) {
    wanted.add(id);
    const state = owned.states.get(id);
    if (state === undefined || state.intent === intent) continue;
    touch(state);
    applyIntent(state, intent, reason, now);
  }
  for (const state of owned.states.values()) {
    if (state.intent !== "pause" || wanted.has(state.id)) continue;
    touch(state);
    clearPause(state);
  }
}

function takeUpQueued(scope: TurnScope, touch: (state: RunState) => void, now: number): void {
  for (const run of scope.rows.runs.listQueued(QUEUED_PER_TURN)) {
    if (run.mode !== "detached" || scope.owned.states.has(run.id) || !scope.parts.knows(run)) continue;
    const state = takeUpRun(scope, run.id, now);
    touch(state);
    scope.owned.keep(state);
  }
}
