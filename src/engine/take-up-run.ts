import { ConflictError } from "../core/errors.ts";
import type { EngineLocks } from "../core/ports.ts";
import { openFirstLayer } from "../core/readiness.ts";
import { recoverAttempts } from "../core/restore-run.ts";
import { clearPause } from "../core/run-intent.ts";
import { noteFact } from "../core/run-notes.ts";
import { moveRun, type RunState } from "../core/run-state.ts";
import { isFinalRun, sayRunAgain } from "../core/run-status.ts";
import { loadRun } from "../store/load-run.ts";
import type { Rows } from "../store/rows.ts";
import type { RunRow } from "../store/run-rows.ts";
import type { TurnScope } from "./turn-scope.ts";

/** A queued run begins, or goes on: it is this engine's from now on. */
export function startRun(state: RunState, now: number): void {
  moveRun(state, "claim");
  if (state.parkedAt !== null && state.deadlineAt !== null) state.deadlineAt += now - state.parkedAt;
  state.parkedAt = null;
  if (state.startedAt !== null) {
    noteFact(state, "run.resumed");
    return;
  }
  state.startedAt = now;
  const { timeoutMs } = state.plan.spec;
  if (timeoutMs !== undefined) state.deadlineAt = now + timeoutMs;
  noteFact(state, "run.started");
  openFirstLayer(state);
}

/**
 * Takes up a run that nobody executes: queued, paused, or left by an engine that is dead. Attempts that were running
 * begin again. Inside a transaction.
 * @throws {ConflictError} where another engine executes it, or it has ended or waits for a decision.
 */
export function takeUpRun(scope: Pick<TurnScope, "rows" | "plans" | "parts">, runId: number, now: number): RunState {
  const { rows, plans, parts } = scope;
  const row = rows.runs.get(runId);
  refuseTakeUp(row, isOwnerAlive(scope, row) ? describeOwner(rows, row) : undefined);
  const state = loadRun(rows, plans.get, runId);
  releaseRun(state);
  if (state.status === "paused") {
    moveRun(state, "resume");
    clearPause(state);
  }
  recoverAttempts(state, () => false, now, `${parts.identity.kind} engine was lost`);
  startRun(state, now);
  noteChangedCode(scope, state);
  return state;
}

/** The run goes on with the code that is loaded now; that it is another one is told, each time. */
function noteChangedCode({ parts }: Pick<TurnScope, "parts">, state: RunState): void {
  const { plan, facts } = state;
  const loaded = parts.findCode?.(plan.spec.name, plan.hash)?.codeHash;
  if (facts.codeHash === null || loaded === undefined || loaded === null || loaded === facts.codeHash) return;
  noteFact(state, "run.code_changed", { from: facts.codeHash, to: loaded });
}

/** A run whose owner is dead is queued again. */
export function releaseRun(state: RunState): void {
  if (state.status !== "running") return;
  moveRun(state, "ownerLost");
  state.ownerId = null;
}

/** Whether the engine that the row names lives; the kernel knows. */
export function isOwnerAlive({ rows, parts }: OwnerScope, run: RunRow): boolean {
  if (run.engineId === null) return false;
  const engine = rows.engines.find(run.engineId);
  if (engine === undefined || engine.status === "ended" || engine.status === "lost") return false;
  return parts.locks.probe(engine.lockFile) === "alive";
}

interface OwnerScope {
  readonly rows: Rows;
  readonly parts: { readonly locks: EngineLocks };
}

const PROGRAMS = { run: "a command", daemon: "lockstep daemon", library: "a program with the library" } as const;

function describeOwner({ engines }: Rows, { engineId }: RunRow): string {
  const owner = engineId === null ? undefined : engines.find(engineId);
  return owner === undefined ? "" : ` (${PROGRAMS[owner.kind]}, process ${owner.pid})`;
}

/** @param owner who executes it; undefined: nobody who lives */
function refuseTakeUp(run: RunRow, owner: string | undefined): void {
  const name = `#${run.id} ${run.workflow}`;
  if (owner !== undefined)
    throw new ConflictError(
      `${name} is being executed by another engine${owner}. Nothing was done. Follow it: lockstep wait ${run.id}`,
    );
  if (isFinalRun(run.status)) {
    throw new ConflictError(`${name} is ${run.status}: there is nothing to resume. ${sayRunAgain(run.status, run.id)}`);
  }
  if (run.status === "waiting") {
    throw new ConflictError(`${name} waits for a decision. See: lockstep checkpoints`);
  }
}
