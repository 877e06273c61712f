import type { CheckpointStatus, Choice } from "../core/checkpoint-status.ts";
import { type Actor, type Decision, type DecisionPatch, describeSameness, toPatch } from "../core/decision.ts";
import { ConflictError, NotFoundError, StaleDecisionError } from "../core/errors.ts";
import { isFinalRun } from "../core/run-status.ts";
import type { CheckpointRow } from "../store/checkpoint-rows.ts";
import type { DecisionRow } from "../store/decision-rows.ts";
import type { Rows } from "../store/rows.ts";
import { refuseAgent } from "./agent-limits.ts";
import { checkChoice, checkDecision, type DecidedGate } from "./check-decision.ts";
import { describeChange } from "./describe-change.ts";
import { expireOne } from "./expire.ts";
import { findDecidedGate, nameCheckpoint } from "./find-gate.ts";
import type { PlanCache } from "./plan-cache.ts";
import { queueDecided, recordDecision } from "./record-decision.ts";

/** Somebody decides a checkpoint, having seen a hash of it. */
export interface DecideRequest {
  /** Null: a question without a run. */
  readonly run: number | null;
  readonly number: number;
  /** The hash that was seen, or its first digits (at least 6). */
  readonly seenHash: string;
  readonly decision: Decision;
  readonly comment?: string;
  readonly by: Actor;
  /** Through what: `cli`, `ui`, `library`. */
  readonly via: string;
}

export interface DecideParts {
  readonly rows: Rows;
  readonly plans: Pick<PlanCache, "get">;
  now(): number;
}

/**
 * What became of a decision. A refusal is a value, because what was found on the way (that the time is over) has to be
 * committed: throw `error` once the transaction has returned, with `getDecided`.
 */
export type Decided =
  | { readonly kind: "decided"; readonly outcome: "applied" | "repeated"; readonly row: CheckpointRow }
  | { readonly kind: "refused"; readonly error: Error };

/** The first digits of a hash that people are shown. */
const HASH_DIGITS_MIN = 6;

/**
 * Decides (engine.md 7), inside one transaction: expiry first; it must be open; the seen hash must be its hash; then the
 * decision is recorded, and a run that nobody owns is queued. The same decision again is repeated and writes nothing.
 * What is wrong with the request itself throws `InvalidInputError` or `NotFoundError`.
 */
export function decide(parts: DecideParts, request: DecideRequest): Decided {
  const { rows } = parts;
  const now = parts.now();
  checkChoice(request.decision);
  const found = rows.checkpoints.find(request.run, request.number);
  if (found === undefined) throw createNotFound(request);
  const isExpired = expireOne(rows, found, now);
  const row = isExpired ? rows.checkpoints.get(found.id) : found;
  const gate = findDecidedGate(parts, row);
  if (isExpired) return refuse(createConflict(rows, gate));
  if (row.status !== "open") return answerDecided(gate, request);
  if (!isSameHash(request.seenHash, row.hash)) return refuse(createStale(gate, request.seenHash, row));
  checkDecision(gate, request.decision);
  refuseAgent(gate, request.by);
  const { decision, by, via } = request;
  const fact = recordDecision(
    rows,
    row,
    {
      choice: decision.decision,
      patch: createPatch(gate, decision),
      reason: decision.decision === "reject" ? decision.reason : null,
      comment: request.comment ?? null,
      actor: by,
      via,
    },
    now,
  );
  rows.events.insert(row.runId, [fact], now);
  if (row.kind !== "ask") queueDecided(rows, row.runId);
  return { kind: "decided", outcome: "applied", row: rows.checkpoints.get(row.id) };
}

/** Unwraps a decision after its transaction: throws where it was refused. */
export function getDecided(decided: Decided): Extract<Decided, { kind: "decided" }> {
  if (decided.kind === "refused") throw decided.error;
  return decided;
}

function refuse(error: Error): Decided {
  return { kind: "refused", error };
}

function isSameHash(seen: string, hash: string): boolean {
  return seen.length >= HASH_DIGITS_MIN && hash.startsWith(seen.toLowerCase());
}

/** An edit keeps what the outputs were: the row of the task holds the new ones. */
function createPatch({ rows, row, plan }: DecidedGate, decision: Decision): DecisionPatch {
  const patch = toPatch(decision);
  if (decision.decision !== "edit" || row.kind !== "layer" || plan === undefined || row.runId === null) return patch;
  const originals: Record<string, unknown> = {};
  for (const id of Object.keys(decision.values)) {
    const index = plan.spec.tasks.findIndex((task) => task.id === id);
    originals[id] = JSON.parse(rows.tasks.getOutputAt(row.runId, index) ?? "null");
  }
  return { ...patch, originals };
}

/** Of one that is not open: the same decision is repeated; another one conflicts, or comes too late for this round. */
function answerDecided(gate: DecidedGate, { decision, seenHash }: DecideRequest): Decided {
  const { rows, row } = gate;
  const made = rows.decisions.find(row.id);
  const isStanding = row.status !== "superseded" && row.status !== "void";
  if (isStanding && made?.sameness === describeSameness(decision.decision, toPatch(decision))) {
    return { kind: "decided", outcome: "repeated", row };
  }
  if (row.status === "superseded") return refuse(createStale(gate, seenHash, rows.checkpoints.findNewestRound(row)));
  return refuse(createConflict(rows, gate));
}

/** `412.1 changed since you saw it (7c1e09 → a40b22: 13 files instead of 12). Nothing was done. Look again: …` */
function createStale(gate: DecidedGate, seenHash: string, newest: CheckpointRow): StaleDecisionError {
  const { rows, name, row } = gate;
  const next = nameCheckpoint(newest);
  if (newest.id !== row.id && newest.hash === row.hash) {
    return new StaleDecisionError(
      `The decision on ${name} was taken back, and it was asked again as ${next}. Nothing was done. Look again: lockstep checkpoints ${next}`,
    );
  }
  const change = describeChange(rows, row, newest);
  const digits = `${seenHash.slice(0, HASH_DIGITS_MIN)} → ${newest.hash.slice(0, HASH_DIGITS_MIN)}`;
  return new StaleDecisionError(
    `${name} changed since you saw it (${digits}${change === undefined ? "" : `: ${change}`}). Nothing was done. Look again: lockstep checkpoints ${next}`,
  );
}

const PAST: Readonly<Record<Choice, string>> = {
  approve: "approved",
  reject: "rejected",
  edit: "approved with an edit",
  redo: "sent back",
};

/** `412.1 was rejected by bob@srv1 at 06:10 ("wrong host"). A decision stands once made. Run again: lockstep retry 412` */
function createConflict(rows: Rows, { row, name }: DecidedGate): ConflictError {
  const made = rows.decisions.find(row.id);
  if (made === undefined || row.status === "void") return createVoid(row, name);
  const run = row.runId === null ? undefined : rows.runs.get(row.runId);
  const again =
    run !== undefined && isFinalRun(run.status) && run.status !== "succeeded"
      ? ` Run again: lockstep retry ${run.id}`
      : "";
  return new ConflictError(`${name} was ${describeMade(made)}. A decision stands once made.${again}`);
}

function describeMade(made: DecisionRow): string {
  const by =
    made.actorKind === "timeout" ? "by its timeout" : `by ${made.actor}${made.host === null ? "" : `@${made.host}`}`;
  const why = made.reason === null || made.actorKind === "timeout" ? "" : ` ("${made.reason}")`;
  return `${PAST[made.choice]} ${by} at ${formatTime(made.at)}${why}`;
}

/** To the minute, in the zone of who reads it. */
function formatTime(at: number): string {
  const date = new Date(at);
  return [date.getHours(), date.getMinutes()].map((part) => String(part).padStart(2, "0")).join(":");
}

function createVoid(row: CheckpointRow, name: string): ConflictError {
  const status: CheckpointStatus = row.status;
  const why = row.runId === null ? status : `void: its run or its task ended before anybody decided`;
  return new ConflictError(`${name} is ${why}. Nothing was done.`);
}

function createNotFound({ run, number }: DecideRequest): NotFoundError {
  const name = run === null ? `ask-${number}` : `${run}.${number}`;
  return new NotFoundError(`No checkpoint ${name}. All that wait: lockstep checkpoints`);
}
