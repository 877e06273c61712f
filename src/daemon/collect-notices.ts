/** Makes notices of what the event log tells: the notices and the reader's cursor move in one transaction. */
import type { WorkflowSpec } from "../core/workflow-spec.ts";
import { type FactOfRun, parseFacts } from "../store/event-rows.ts";
import { type EventRow, type NoticeKind, type NoticeRows, TOLD_KINDS } from "../store/notice-rows.ts";
import type { Rows } from "../store/rows.ts";
import type { ScheduleRows } from "../store/schedule-rows.ts";
import { type NoticeMessage, type NoticeOrigin, tellCheckpoint, tellEnd, tellSlot } from "./notice-message.ts";

const READER = "notifier";
const EVENTS_PER_TURN = 1_000;
/** What is older was told by nobody for a day: it is no news. */
const NEWS_MS = 24 * 3_600_000;
const FAILED_TASKS_TOLD = 5;

export interface CollectScope {
  readonly rows: Rows;
  readonly schedules: ScheduleRows;
  readonly notices: NoticeRows;
  readonly origin: NoticeOrigin;
  /** By definition: which channel is told of what. */
  readonly told: Map<number, WorkflowSpec["notify"]>;
}

/** Where to begin: for who never read, after all that is there now. Inside a transaction. */
export function findStart({ notices }: CollectScope): number {
  const found = notices.findCursor(READER);
  if (found !== undefined) return found;
  const newest = notices.newestEvent();
  notices.setCursor(READER, newest);
  return newest;
}

/** Reads on from the cursor in the file, which another daemon may have moved. Inside a transaction. */
export function collectNotices(
  scope: CollectScope,
  now: number,
): { readonly cursor: number; readonly written: number } {
  const { notices } = scope;
  const upTo = notices.newestEvent();
  const after = notices.findCursor(READER) ?? upTo;
  const found = notices.listEvents(after, upTo, EVENTS_PER_TURN);
  const news = found.filter(({ at }) => now - at <= NEWS_MS);
  let written = 0;
  for (const row of news) for (const fact of listFacts(row)) written += tellFact(scope, row, fact, now) ? 1 : 0;
  const cursor = found.length < EVENTS_PER_TURN ? upTo : (found.at(-1)?.id ?? upTo);
  if (cursor !== after) notices.setCursor(READER, cursor);
  return { cursor, written };
}

type Told = FactOfRun & { readonly kind: (typeof TOLD_KINDS)[number] };

function listFacts({ data, runId }: EventRow): Told[] {
  return parseFacts(data, runId).filter((fact): fact is Told => TOLD_KINDS.some((kind) => kind === fact.kind));
}

function tellFact(scope: CollectScope, row: EventRow, fact: Told, now: number): boolean {
  switch (fact.kind) {
    case "run.failed":
    case "run.succeeded":
      return tellRun(scope, row, fact, now);
    case "checkpoint.opened":
      return tellGate(scope, row, fact, now);
    default:
      return tellLate(scope, row, fact, now);
  }
}

function tellRun(scope: CollectScope, { id, at }: EventRow, { kind, run, data }: Told, now: number): boolean {
  const told = findRun(scope, run);
  if (told === undefined) return false;
  const outcome = kind === "run.failed" ? "failed" : "succeeded";
  const failed = outcome === "failed" ? scope.notices.listFailedTasks(told.run, FAILED_TASKS_TOLD) : [];
  const end = { kind: outcome, reason: readText(data?.reason), failed } as const;
  const message = (): NoticeMessage => tellEnd(scope.origin, told, end, at);
  return write(scope, told.notify, outcome, `run:${told.run}:${id}`, message, now);
}

function tellGate(scope: CollectScope, { at }: EventRow, { run, data }: Told, now: number): boolean {
  const told = findRun(scope, run);
  const number = data?.checkpoint;
  if (told === undefined || typeof number !== "number") return false;
  const gate = scope.rows.checkpoints.find(told.run, number);
  if (gate?.status !== "open") return false; // decided meanwhile
  const message = (): NoticeMessage => tellCheckpoint(scope.origin, told, gate, at);
  return write(scope, told.notify, "checkpoint", `checkpoint:${told.run}.${number}`, message, now);
}

function tellLate(scope: CollectScope, { at }: EventRow, { data = {} }: Told, now: number): boolean {
  const { slot, workflow, schedule, dueAt, count, reason, run } = data;
  if (typeof workflow !== "string" || typeof schedule !== "string" || typeof dueAt !== "number") return false;
  const definitionId = scope.schedules.findWorkflow(workflow)?.definitionId;
  if (definitionId == null) return false;
  const notify = findNotify(scope, definitionId);
  const told = { workflow, schedule, dueAt, count: Number(count), reason: readText(reason), run: readNumber(run) };
  return write(scope, notify, "late", `slot:${slot}`, () => tellSlot(scope.origin, told, at), now);
}

function findRun(scope: CollectScope, run: number | null) {
  const found = run === null ? undefined : scope.notices.findRun(run);
  const notify = found && findNotify(scope, found.definitionId);
  return found && notify && { ...found, notify };
}

const DEFINITIONS_MAX = 1_000;

function findNotify({ rows, told }: CollectScope, definitionId: number): WorkflowSpec["notify"] {
  if (told.has(definitionId)) return told.get(definitionId);
  if (told.size >= DEFINITIONS_MAX) told.clear();
  const { notify } = rows.definitions.get(definitionId).spec;
  told.set(definitionId, notify);
  return notify;
}

function write(
  { notices }: CollectScope,
  notify: WorkflowSpec["notify"],
  kind: NoticeKind,
  subject: string,
  message: () => NoticeMessage,
  now: number,
): boolean {
  const channel = notify?.[kind];
  if (channel === undefined) return false;
  return notices.insert({ channel, kind, subject, body: JSON.stringify(message()), createdAt: now });
}

function readText(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

function readNumber(value: unknown): number | null {
  return typeof value === "number" ? value : null;
}
