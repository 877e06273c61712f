import { RISKS } from "../core/checkpoint-status.ts";
import type { Actor } from "../core/decision.ts";
import { type AskContent, hashAsk } from "../core/decision-hash.ts";
import { ConflictError, InvalidInputError, KeyConflictError, NotFoundError } from "../core/errors.ts";
import { SHOWN_BYTES_MAX } from "../core/limits.ts";
import { isFinalRun } from "../core/run-status.ts";
import type { Verdict } from "../core/verdict.ts";
import type { JsonSchema, Risk } from "../core/workflow-spec.ts";
import type { CheckpointRow } from "../store/checkpoint-rows.ts";
import type { DecisionRow } from "../store/decision-rows.ts";
import type { Rows } from "../store/rows.ts";
import type { AskValue } from "./ask-value.ts";
import { checkKey } from "./check-key.ts";
import { expireOne } from "./expire.ts";
import { nameCheckpoint } from "./find-gate.ts";

/** A question at run time, of a task, a script or another program. */
export interface AskRequest {
  readonly message: string;
  readonly risk: Risk;
  /** JSON text; null: nothing. */
  readonly showJson: string | null;
  readonly fields?: JsonSchema;
  /** By which it is found again, after a crash, too. */
  readonly key: string | null;
  /** After which it is denied; null: it waits for as long as it takes. */
  readonly timeoutMs: number | null;
  /** The run that it is asked in: with that the question ends. */
  readonly run: number | null;
  /** The task that asks, by its name, where it is one of the run. */
  readonly task?: { readonly id: string; readonly index: number | null };
  readonly by: Pick<Actor, "kind" | "name">;
}

/** Text of a question, in characters. */
const MESSAGE_MAX = 4_096;

/**
 * Writes the question, or finds the one with its key; inside a transaction.
 * @throws {KeyConflictError} where the key was used for another content. {InvalidInputError} where it cannot be asked.
 */
export function openAsk(rows: Rows, request: AskRequest, now: number): CheckpointRow {
  checkAsk(rows, request);
  const { message, risk, showJson, fields, key, timeoutMs, run, task, by } = request;
  const content: AskContent = { key, message, risk, showJson, fields: fields ?? null, timeoutMs };
  const hash = hashAsk(content);
  const known = key === null ? undefined : rows.checkpoints.findByKey(key);
  if (known?.status === "void" && known.hash === hash) {
    rows.checkpoints.releaseKey(known.id); // its run ended before anybody decided: it is asked anew
  } else if (known !== undefined) {
    if (known.hash === hash) return known;
    throw new KeyConflictError(
      `The key "${key}" was used for another question (${nameCheckpoint(known)}: "${known.message}"). Nothing was asked. Use another key, or ask the same.`,
    );
  }
  const value: AskValue = { ...(fields && { fields }), by };
  const shownJson = `{${showJson === null ? "" : `"show":${showJson},`}${JSON.stringify(value).slice(1)}`;
  const taskId = run === null || task === undefined ? null : rows.tasks.findId(run, task.id, task.index);
  const row = rows.checkpoints.insert({
    ...{ runId: run, kind: "ask", key, layer: null, taskId, round: 1, hash, message, risk, shownJson },
    onTimeout: timeoutMs === null ? "hold" : "reject",
    expiresAt: timeoutMs === null ? null : now + timeoutMs,
    createdAt: now,
  });
  const data = { checkpoint: row.number, message, risk, expiresAt: row.expiresAt };
  rows.events.insert(run, [{ kind: "checkpoint.opened", data }], now);
  return row;
}

function checkAsk(rows: Rows, { message, risk, showJson, key, run }: AskRequest): void {
  if (message.trim() === "" || message.length > MESSAGE_MAX) {
    throw new InvalidInputError(`A question is a text of 1 to ${MESSAGE_MAX} characters, found ${message.length}.`);
  }
  if (!RISKS.includes(risk)) {
    throw new InvalidInputError(`The risk of a question is ${RISKS.join(", ")}, found ${JSON.stringify(risk)}.`);
  }
  if (showJson !== null && Buffer.byteLength(showJson) > SHOWN_BYTES_MAX) {
    throw new InvalidInputError(
      `A question shows at most ${SHOWN_BYTES_MAX / 1_024} KiB. Show a summary, or the path of a file.`,
    );
  }
  if (key !== null) checkKey(key, "Nothing was asked.");
  if (run === null) return;
  const found = rows.runs.find(run);
  if (found === undefined) throw new NotFoundError(`No run #${run} to ask in.`);
  if (isFinalRun(found.status)) throw new ConflictError(`#${run} is ${found.status}: it asks nothing any more.`);
}

/** True once there is a verdict to take, or the time is over. Reads only: who waits looks often, and writes once. */
export function hasVerdict(rows: Rows, id: number, now: number): boolean {
  const { status, expiresAt } = rows.checkpoints.findNewestRound(rows.checkpoints.get(id));
  return status !== "open" || (expiresAt !== null && expiresAt <= now);
}

/**
 * The verdict, once there is one; inside a transaction. Taking it is acting on it: from then on it cannot be undone.
 */
export function takeVerdict(rows: Rows, id: number, now: number): Verdict | undefined {
  let row = rows.checkpoints.findNewestRound(rows.checkpoints.get(id));
  if (expireOne(rows, row, now)) row = rows.checkpoints.get(row.id);
  if (row.status === "open") return undefined;
  const made = rows.decisions.find(row.id);
  if (row.status === "approved" || row.status === "rejected") rows.checkpoints.mark(row.id, row.status, "applied", now);
  return createVerdict(row, made);
}

function createVerdict(row: CheckpointRow, made: DecisionRow | undefined): Verdict {
  const stands = row.status !== "void" && row.status !== "superseded" ? made : undefined;
  const patch = stands?.patchJson == null ? {} : (JSON.parse(stands.patchJson) as { answers?: unknown });
  return {
    id: nameCheckpoint(row),
    approved: stands?.choice === "approve" && stands.actorKind !== "timeout",
    decision: nameVerdict(stands),
    answers: patch.answers ?? null,
    reason: stands?.reason ?? null,
    comment: stands?.comment ?? null,
    by: stands?.actor ?? null,
  };
}

function nameVerdict(made: DecisionRow | undefined): Verdict["decision"] {
  if (made === undefined) return "void";
  if (made.actorKind === "timeout") return "timeout";
  return made.choice === "approve" ? "approve" : "reject";
}
