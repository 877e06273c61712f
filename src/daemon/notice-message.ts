import { toDurationText } from "../core/duration.ts";
import { sanitizeLine } from "../core/sanitize-text.ts";
import type { NoticeKind } from "../store/notice-rows.ts";

/**
 * What a channel is told: JSON on a command's standard input, or the body of a webhook. It says what happened and which
 * line opens it, never one that decides. All texts are sanitized.
 */
export interface NoticeMessage {
  readonly kind: NoticeKind | "test";
  /** The whole in one line, for chats. */
  readonly text: string;
  readonly host: string;
  readonly at: string;
  readonly workflow: string | null;
  readonly run: number | null;
  /** `412.1`. */
  readonly checkpoint: string | null;
  readonly question: string | null;
  readonly risk: string | null;
  readonly deadline: string | null;
  /** Why it failed, or why a slot was missed. */
  readonly reason: string | null;
  /** Tasks that failed, the first few. */
  readonly failed: readonly string[];
  /** The instant of the slot. */
  readonly due: string | null;
  /** The line that opens it, typed where the database is. */
  readonly open: string;
  /** Absolute. */
  readonly database: string;
}

/** Where the message is from. */
export interface NoticeOrigin {
  readonly host: string;
  readonly database: string;
}

export interface ToldRun {
  readonly workflow: string;
  readonly run: number;
}

const QUESTION_CHARS_MAX = 500;
const REASON_CHARS_MAX = 300;

export function tellEnd(
  origin: NoticeOrigin,
  { workflow, run }: ToldRun,
  end: { readonly kind: "failed" | "succeeded"; readonly reason: string | null; readonly failed: readonly string[] },
  at: number,
): NoticeMessage {
  const reason = end.reason === null ? null : cut(sanitizeLine(end.reason), REASON_CHARS_MAX);
  const failed = end.failed.map(sanitizeLine);
  const why = reason ?? (failed.length === 0 ? undefined : failed.join(", "));
  const text = `${sanitizeLine(workflow)} #${run} ${end.kind} on ${origin.host}${why === undefined ? "" : `: ${why}`}`;
  return { ...start(origin, end.kind, at, `lockstep show ${run}`), text, workflow, run, reason, failed };
}

export function tellCheckpoint(
  origin: NoticeOrigin,
  { workflow, run }: ToldRun,
  gate: { readonly number: number; readonly message: string; readonly risk: string; readonly expiresAt: number | null },
  at: number,
): NoticeMessage {
  const checkpoint = `${run}.${gate.number}`;
  const question = cut(sanitizeLine(gate.message), QUESTION_CHARS_MAX);
  const deadline = gate.expiresAt === null ? null : toIso(gate.expiresAt);
  const until = deadline === null ? "" : `, until ${deadline}`;
  const text = `${sanitizeLine(workflow)} #${run} on ${origin.host} waits for a decision (${gate.risk} risk${until}): ${question}`;
  const parts = { text, workflow, run, checkpoint, question, risk: gate.risk, deadline };
  return { ...start(origin, "checkpoint", at, `lockstep ui --checkpoint ${checkpoint}`), ...parts };
}

export interface ToldSlot {
  readonly workflow: string;
  readonly schedule: string;
  readonly dueAt: number;
  /** How many instants it stands for. */
  readonly count: number;
  readonly reason: string | null;
  readonly run: number | null;
}

export function tellSlot(origin: NoticeOrigin, slot: ToldSlot, at: number): NoticeMessage {
  const { workflow, schedule, dueAt, count, run } = slot;
  const reason = slot.reason === null ? null : sanitizeLine(slot.reason);
  const due = toIso(dueAt);
  const what = count === 1 ? `the slot of ${due}` : `${count} slots from ${due} on`;
  const became =
    run === null
      ? `${count === 1 ? "was" : "were"} missed${reason === null ? "" : ` (${reason})`}`
      : `started ${toDurationText(Math.round((at - dueAt) / 1_000) * 1_000)} late as #${run}`;
  const text = `${sanitizeLine(workflow)} on ${origin.host}: ${what} ${became}`;
  const open = run === null ? `lockstep slots ${schedule}` : `lockstep show ${run}`;
  return { ...start(origin, "late", at, open), text, workflow, run, reason, due };
}

export function tellTest(origin: NoticeOrigin, channel: string, at: number): NoticeMessage {
  const text = `A test of the channel ${channel} from ${origin.host}: nothing happened`;
  return { ...start(origin, "test", at, "lockstep"), text };
}

function start({ host, database }: NoticeOrigin, kind: NoticeMessage["kind"], at: number, open: string) {
  const nothing = { workflow: null, run: null, checkpoint: null, question: null, risk: null, deadline: null };
  return { kind, host, at: toIso(at), ...nothing, reason: null, failed: [], due: null, open, database };
}

function toIso(at: number): string {
  return new Date(at).toISOString();
}

function cut(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, max)}…`;
}
