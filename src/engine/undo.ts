import type { Actor } from "../core/decision.ts";
import { ConflictError, NotFoundError } from "../core/errors.ts";
import type { CheckpointRow } from "../store/checkpoint-rows.ts";
import type { Rows } from "../store/rows.ts";
import { parseTaskId } from "../store/task-id.ts";
import { nameCheckpoint } from "./find-gate.ts";

export interface UndoRequest {
  readonly run: number | null;
  readonly number: number;
  readonly by: Actor;
  readonly via: string;
}

/**
 * Takes a decision back while no engine has acted on it: its checkpoint is superseded, and a new round is open with the
 * same content. The decision's row stays. Inside a transaction; returns the new round.
 * @throws {ConflictError} where there is nothing to take back, or it is too late.
 */
export function undoDecision(rows: Rows, request: UndoRequest, now: number): CheckpointRow {
  const { run, number, by, via } = request;
  const row = rows.checkpoints.find(run, number);
  const name = nameCheckpoint({ runId: run, number });
  if (row === undefined) throw new NotFoundError(`No checkpoint ${name}. All that wait: lockstep checkpoints`);
  refuseUndo(rows, row, name);
  rows.checkpoints.mark(row.id, row.status, "superseded", now);
  const reopened = rows.checkpoints.reopen(row, now);
  const data = { checkpoint: number, reopened: reopened.number, by: by.name, via };
  rows.events.insert(run, [{ kind: "checkpoint.undone", data }], now);
  if (run !== null) parkAgain(rows, run);
  return reopened;
}

function refuseUndo(rows: Rows, row: CheckpointRow, name: string): void {
  if (row.status === "approved" || row.status === "rejected" || row.status === "sent_back") {
    if (rows.decisions.find(row.id)?.actorKind !== "timeout") return;
    throw new ConflictError(`${name} was ended by its timeout, which nobody can take back. Nothing was done.`);
  }
  if (row.status === "applied") {
    throw new ConflictError(`${name}: what was decided has been acted on already. Nothing was done.`);
  }
  throw new ConflictError(`${name} is ${row.status}: there is no decision to take back. Nothing was done.`);
}

/** A run that was queued by this decision alone waits again. */
function parkAgain(rows: Rows, runId: number): void {
  const run = rows.runs.get(runId);
  if (run.status !== "queued" || run.parkedAt === null) return;
  const isDecided = rows.checkpoints.listPending(runId).some((row) => row.status !== "open" && row.kind !== "ask");
  if (isDecided || rows.runs.listOpenChildren(runId).some((child) => rows.runs.getStatus(child) === "queued")) return;
  rows.runs.markParked(runId, "queued", "waiting");
  if (run.parentTaskId !== null) parkAgain(rows, parseTaskId(run.parentTaskId).runId); // it was queued for this one
}
