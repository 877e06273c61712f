import type { ActorKind, Choice } from "../core/checkpoint-status.ts";
import { type DecisionPatch, describeSameness, STATUS_OF_CHOICE } from "../core/decision.ts";
import type { Fact } from "../core/run-state.ts";
import type { CheckpointRow } from "../store/checkpoint-rows.ts";
import type { Rows } from "../store/rows.ts";
import { wakeParents } from "./raise-intent.ts";

export interface RecordedDecision {
  readonly choice: Choice;
  readonly patch: DecisionPatch;
  readonly reason: string | null;
  readonly comment: string | null;
  readonly actor: RecordedActor;
  /** Through what: `cli`, `ui`, `library`, `review`, `timeout`. */
  readonly via: string;
}

export interface RecordedActor {
  readonly kind: ActorKind;
  readonly name: string;
  readonly effectiveUser?: string;
  readonly host?: string;
  readonly tty?: string;
}

/**
 * Writes a decision on an open checkpoint, and returns what the event log has to tell of it. The run is not touched:
 * `queueDecided` is next, or its owner applies it.
 */
export function recordDecision(rows: Rows, row: CheckpointRow, decision: RecordedDecision, now: number): Fact {
  const { choice, patch, actor } = decision;
  rows.decisions.insert({
    checkpointId: row.id,
    choice,
    patchJson: Object.keys(patch).length === 0 ? null : JSON.stringify(patch),
    sameness: describeSameness(choice, patch),
    reason: decision.reason,
    comment: decision.comment,
    seenHash: row.hash,
    actorKind: actor.kind,
    actor: actor.name,
    effectiveUser: actor.effectiveUser ?? null,
    host: actor.host ?? null,
    tty: actor.tty ?? null,
    via: decision.via,
    at: now,
  });
  rows.checkpoints.mark(row.id, "open", STATUS_OF_CHOICE[choice], now);
  const data = { checkpoint: row.number, decision: choice, by: actor.name, via: decision.via };
  return { kind: `checkpoint.${STATUS_OF_CHOICE[choice]}`, data };
}

/** A run that waits and that nobody owns may go on: who executes it applies what was decided. */
export function queueDecided(rows: Rows, runId: number | null): void {
  if (runId === null) return;
  const { status, parentTaskId } = rows.runs.get(runId);
  if (status !== "waiting") return;
  rows.runs.markParked(runId, "waiting", "queued");
  wakeParents(rows, parentTaskId);
}
