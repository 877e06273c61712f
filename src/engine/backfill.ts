/**
 * Runs slots of the past that never had one (command-line.md, `backfill`).
 *
 * B1 A slot gets a run once: whoever writes its row, or makes a missed row caught up, starts it.
 * B2 What lies after the cursor is not touched: it is due, and the engine decides it.
 * B3 A range row that is cut open keeps its sum: the parts stand for as many slots as before.
 */
import { assert, InvalidInputError } from "../core/errors.ts";
import type { CronRule } from "../schedule/cron-rule.ts";
import { countSlots, listSlots } from "../schedule/list-slots.ts";
import { createScheduleRule, parseSchedulePolicy } from "../schedule/schedule-policy.ts";
import type { Store } from "../store/open-store.ts";
import type { ScheduleRow, ScheduleRows } from "../store/schedule-rows.ts";
import type { CoveringSlot } from "../store/slot-rows.ts";
import { getSchedule } from "./schedule-control.ts";
import { type ScheduledScope, startScheduledRun } from "./start-scheduled-run.ts";

/** Runs that one call starts: as many as a turn of the schedule. */
const BACKFILL_MAX = 1_000;
/** Slots that one call looks at: a minute's schedule over two months. */
const SLOTS_MAX = 100_000;

export interface BackfillRequest {
  readonly scheduleId: number;
  /** The first and the last instant that count. */
  readonly fromAt: number;
  readonly toAt: number;
  /** The schedule's input, checked and completed; undefined: nothing is written, only counted. */
  readonly inputJson: string | undefined;
}

export interface BackfillResult {
  /** Slots that got a run, or would. */
  readonly slots: readonly number[];
  /** The runs, in the same order; empty where nothing was written. */
  readonly runs: readonly number[];
  /** Slots that were in the ledger with a run, or that somebody has skipped. */
  readonly presentCount: number;
  /** From here on slots are due, and the engine decides them. */
  readonly dueAfterAt: number;
}

/**
 * Each slot in [fromAt, toAt] that has no row, or was missed, becomes a caught-up run. Inside a transaction.
 * @throws {InvalidInputError} where there would be more than 1,000: nothing was started
 */
export function backfillSchedule(scope: ScheduledScope, request: BackfillRequest, now: number): BackfillResult {
  const { schedules } = scope;
  const row = getSchedule(schedules, request.scheduleId);
  const rule = createScheduleRule(row.cron, row.timezone, parseSchedulePolicy(row.policyJson));
  const dueAfterAt = Math.min(row.cursorAt, now);
  const untilAt = Math.min(request.toAt, dueAfterAt); // B2
  const found = countSlots(rule, request.fromAt - 1, untilAt);
  if (found > SLOTS_MAX) throw createTooManyError(row, found);
  const slots = listSlots(rule, request.fromAt - 1, untilAt, SLOTS_MAX);
  const due = slots.filter(({ status }) => status === "due").map(({ dueAt }) => dueAt);
  const open = due.filter((dueAt) => isOpen(rule, schedules.findCovering(row.id, dueAt)));
  if (open.length > BACKFILL_MAX) throw createTooManyError(row, open.length);
  const { inputJson } = request;
  const runs = inputJson === undefined ? [] : open.map((dueAt) => start(scope, row, rule, { dueAt, inputJson }, now));
  return { slots: open, runs, presentCount: due.length - open.length, dueAfterAt };
}

/** Task rows of one transaction beside an engine's. */
const ROWS_MAX = 500;

/**
 * The same in transactions of their own, short enough for an engine beside it. One that is cut off has done a part, and
 * the next does the rest.
 */
export async function backfillInParts(
  store: Store,
  scope: ScheduledScope,
  request: BackfillRequest,
  now: number,
): Promise<BackfillResult> {
  const plan = await store.writeTransaction(() => backfillSchedule(scope, { ...request, inputJson: undefined }, now));
  if (request.inputJson === undefined) return plan;
  const runs: number[] = [];
  const size = Math.max(1, Math.floor(ROWS_MAX / countTasks(scope, request.scheduleId)));
  for (let at = 0; at < plan.slots.length; at += size) {
    const [fromAt = 0, toAt = 0] = [plan.slots[at], plan.slots.slice(at, at + size).at(-1)];
    const part = await store.writeTransaction(() => backfillSchedule(scope, { ...request, fromAt, toAt }, now));
    runs.push(...part.runs);
  }
  return { ...plan, runs };
}

function countTasks({ rows, schedules }: ScheduledScope, scheduleId: number): number {
  const { workflow } = getSchedule(schedules, scheduleId);
  const definitionId = schedules.findWorkflow(workflow)?.definitionId ?? null;
  return definitionId === null ? 1 : rows.definitions.get(definitionId).spec.tasks.length;
}

/** No row, or a missed one; a range only where today's rule has made it. */
function isOpen(rule: CronRule, found: CoveringSlot | undefined): boolean {
  if (found === undefined) return true;
  if (found.status !== "missed") return false;
  return found.untilAt === null || countSlots(rule, found.dueAt - 1, found.untilAt) === found.count;
}

interface CaughtUp {
  readonly dueAt: number;
  readonly inputJson: string;
}

function start(scope: ScheduledScope, row: ScheduleRow, rule: CronRule, caught: CaughtUp, now: number): number {
  const slotId = claimSlot(scope.schedules, row.id, rule, caught.dueAt); // B1
  const run = startScheduledRun(scope, row, { ...caught, slotId }, now);
  scope.schedules.setSlotRun(slotId, run);
  return run;
}

/** The row of the slot alone, as caught up. */
function claimSlot(schedules: ScheduleRows, scheduleId: number, rule: CronRule, dueAt: number): number {
  const found = schedules.findCovering(scheduleId, dueAt);
  if (found !== undefined && found.status === "missed") cutOut(schedules, scheduleId, rule, found, dueAt);
  const slot = { scheduleId, dueAt, untilAt: null, count: 1, status: "caught_up" as const, reason: null, fireAt: null };
  const inserted = schedules.insertSlot(slot);
  if (inserted !== undefined) return inserted;
  const settled = schedules.findCovering(scheduleId, dueAt);
  assert(settled !== undefined, "a slot that is caught up has a row");
  schedules.updateSlot(settled, "caught_up", null, null);
  return settled.id;
}

/** Leaves of a missed row what lies before and after the slot. */
function cutOut(schedules: ScheduleRows, scheduleId: number, rule: CronRule, found: CoveringSlot, dueAt: number): void {
  if (found.untilAt === null) return;
  const before = countSlots(rule, found.dueAt - 1, dueAt - 1);
  const [next] = listSlots(rule, dueAt, found.untilAt, 1);
  const [last] = before === 0 ? [] : listSlots(rule, found.dueAt - 1, dueAt - 1, before).slice(-1);
  schedules.resizeSlot(found.id, last === undefined || before === 1 ? null : last.dueAt, Math.max(1, before));
  if (next === undefined) return;
  const count = found.count - before - 1; // B3
  schedules.insertSlot({
    ...{ scheduleId, dueAt: next.dueAt, untilAt: count === 1 ? null : found.untilAt, count },
    ...{ status: "missed", reason: found.reason, fireAt: null },
  });
}

function createTooManyError({ name }: ScheduleRow, count: number): InvalidInputError {
  return new InvalidInputError(
    `${name}: ${count} slots have no run in that time, and a backfill starts at most ${BACKFILL_MAX}. Nothing was started. Name a shorter time`,
  );
}
