/**
 * A turn of one schedule: its cursor, its slots and their runs move in one transaction (schedules.md).
 *
 * F1 A slot has one row, by the unique key on schedule and instant: a run is started only by who wrote that row.
 * F2 The schedule's row is read inside of the transaction: another engine's turn before it is seen.
 */

import { assertNever } from "../core/errors.ts";
import type { EventKind } from "../core/event-kind.ts";
import { type FiredStatus, isFiredSlot, type SlotReason } from "../core/slot-status.ts";
import { decideTurn, type SlotOutcome } from "../schedule/catch-up.ts";
import { findClockShift } from "../schedule/clock-shift.ts";
import type { CronRule } from "../schedule/cron-rule.ts";
import { countSlots, findNextSlot, listLastSlots, listSlots } from "../schedule/list-slots.ts";
import { decideOverlap, type OverlapDecision } from "../schedule/overlap.ts";
import { createScheduleRule, parseSchedulePolicy, type SchedulePolicy } from "../schedule/schedule-policy.ts";
import type { ScheduleRow } from "../store/schedule-rows.ts";
import type { PendingSlot } from "../store/slot-rows.ts";
import { findBlock, findPendingStep, findPredecessor, type PendingScope, type PendingStep } from "./pending-slots.ts";
import type { RunControl } from "./run-control.ts";
import { type ScheduledScope, startScheduledRun } from "./start-scheduled-run.ts";

export interface FireScope extends ScheduledScope, PendingScope {
  readonly control: RunControl;
  readonly watchedSinceAt: number;
  /** A person has said that a clock that is far ahead is right. */
  readonly isClockTrusted?: boolean;
}

export interface FireResult {
  readonly started: readonly number[];
  readonly hasMore: boolean;
  /** When the schedule is to be looked at again, at the latest. */
  readonly nextAt: number | null;
  /** The clock is a year ahead of the last turn: nothing was done. */
  readonly isHeld: boolean;
}

interface Firing extends FireScope {
  readonly row: ScheduleRow;
  readonly policy: SchedulePolicy;
  readonly rule: CronRule;
  readonly now: number;
  readonly started: number[];
  /** Those of this turn, oldest first. */
  readonly missed: {
    readonly slot: number;
    readonly dueAt: number;
    readonly count: number;
    readonly reason: string | null;
  }[];
}

/** Brings a schedule's ledger up to now. Inside a transaction. */
export function fireSlots(scope: FireScope, scheduleId: number, now: number): FireResult {
  const row = scope.schedules.find(scheduleId); // F2
  if (row === undefined) return { started: [], hasMore: false, nextAt: null, isHeld: false };
  const shift = findClockShift(row.cursorAt, now);
  if (shift.kind === "ahead" && scope.isClockTrusted !== true)
    return { started: [], hasMore: false, nextAt: row.nextAt, isHeld: true };
  const policy = parseSchedulePolicy(row.policyJson);
  const rule = findRule(row, policy);
  const firing: Firing = { ...scope, row, policy, rule, now, started: [], missed: [] };
  if (shift.kind === "setBack") {
    scope.schedules.voidAfter(row.id, shift.voidAfterAt);
    cutRangeAt(firing, shift.voidAfterAt);
  }
  firePending(firing);
  const turn = decideTurn({
    rule,
    policy,
    scheduleKey: `${row.workflow}/${row.name}`,
    cursorAt: shift.kind === "setBack" ? shift.cursorAt : row.cursorAt,
    nowAt: now,
    watchedSinceAt: scope.watchedSinceAt,
    pausedUntilAt: row.pausedUntilAt ?? undefined,
    removedAt: row.removedAt ?? undefined,
    blockedBy: findBlock(firing, row),
  });
  for (const outcome of turn.outcomes) recordOutcome(firing, outcome);
  noteMissed(firing);
  const nextAt = row.removedAt === null ? (findNextSlot(rule, turn.cursorAt)?.dueAt ?? null) : null;
  scope.schedules.moveCursor(row.id, turn.cursorAt, nextAt);
  if (row.pausedUntilAt !== null && row.pausedUntilAt <= turn.cursorAt) scope.schedules.pauseUntil(row.id, null);
  return { started: firing.started, hasMore: turn.hasMore, nextAt, isHeld: false };
}

/** A rule costs more to make than to ask; the same text is the same rule. */
const RULES = new Map<string, CronRule>();
const RULES_MAX = 1_000;

/** Rows with the same text have the same rule. */
export function toRuleText({ cron, timezone, policyJson }: ScheduleRow): string {
  return `${cron}\n${timezone}\n${policyJson}`;
}

function findRule(row: ScheduleRow, policy: SchedulePolicy): CronRule {
  const key = toRuleText(row);
  const found = RULES.get(key);
  if (found !== undefined) return found;
  if (RULES.size >= RULES_MAX) RULES.clear();
  const rule = createScheduleRule(row.cron, row.timezone, policy);
  RULES.set(key, rule);
  return rule;
}

/** A range that reaches over the instant to which the clock was set back keeps what lies before it: the rest is due again. */
function cutRangeAt({ schedules, row, rule }: Firing, at: number): void {
  const range = schedules.findCovering(row.id, at);
  if (range?.untilAt == null || range.untilAt <= at) return;
  const [last] = listLastSlots(rule, range.dueAt, at, 1);
  const count = Math.max(1, Math.min(range.count - 1, countSlots(rule, range.dueAt - 1, at)));
  schedules.resizeSlot(range.id, last?.dueAt ?? null, count);
}

/** The rows that wait: for their jitter, or for what becomes of their predecessor. */
function firePending(firing: Firing): void {
  const { schedules, row, policy, now } = firing;
  for (const slot of schedules.listPending(row.id)) {
    const step = findPendingStep(firing, row, policy, slot, now);
    if (step.kind === "end") endPending(firing, slot, step);
    else if (step.kind === "decide") applyDecision(firing, slot, step.status, step.decision);
  }
}

function endPending(
  firing: Firing,
  slot: PendingSlot,
  { status, reason }: Extract<PendingStep, { kind: "end" }>,
): void {
  firing.schedules.updateSlot(slot, status, reason, slot.fireAt);
  if (status === "missed") firing.missed.push({ slot: slot.id, dueAt: slot.dueAt, count: 1, reason });
}

function recordOutcome(firing: Firing, outcome: SlotOutcome): void {
  const { schedules, row, policy } = firing;
  const { status, dueAt, untilAt, count, reason = null, fireAt = null } = outcome;
  if (untilAt !== undefined) return recordRange(firing, outcome, untilAt);
  const id = schedules.insertSlot({ scheduleId: row.id, dueAt, untilAt: null, count, status, reason, fireAt }); // F1
  if (id === undefined) return;
  if (status === "missed") firing.missed.push({ slot: id, dueAt, count, reason });
  if (!isFiredSlot(status)) return;
  applyDecision(
    firing,
    { id, scheduleId: row.id, dueAt, fireAt, status, reason },
    status,
    decideOverlap(policy, findPredecessor(schedules, row.id)),
  );
}

/** A clock that was set back has left rows of slots that were fired ahead of it: a range goes around them. */
function recordRange(firing: Firing, range: SlotOutcome, untilAt: number): void {
  let fromAt = range.dueAt;
  for (const settled of firing.schedules.listBetween(firing.row.id, range.dueAt, untilAt)) {
    recordPiece(firing, range, fromAt, settled.dueAt - 1);
    fromAt = (settled.untilAt ?? settled.dueAt) + 1;
  }
  recordPiece(firing, range, fromAt, untilAt);
}

function recordPiece(firing: Firing, range: SlotOutcome, fromAt: number, untilAt: number): void {
  const { schedules, row, rule } = firing;
  const count = countSlots(rule, fromAt - 1, untilAt);
  const [first] = listSlots(rule, fromAt - 1, untilAt, 1);
  const [last] = listLastSlots(rule, fromAt - 1, untilAt, 1);
  if (first === undefined || last === undefined) return;
  const { dueAt } = first;
  const end = dueAt === last.dueAt ? null : last.dueAt;
  const { status, reason = null } = range;
  const id = schedules.insertSlot({ scheduleId: row.id, dueAt, untilAt: end, count, status, reason, fireAt: null });
  if (id !== undefined && status === "missed") firing.missed.push({ slot: id, dueAt, count, reason });
}

function applyDecision(firing: Firing, slot: PendingSlot, status: FiredStatus, decision: OverlapDecision): void {
  const { schedules } = firing;
  switch (decision.kind) {
    case "fire":
      return startSlot(firing, slot, status);
    case "skip":
      return schedules.updateSlot(slot, "skipped", decision.reason, slot.fireAt);
    case "pending":
      return postpone(firing, slot, decision.reason);
    case "cancel":
      cancelOpenRuns(firing);
      return postpone(firing, slot, decision.reason);
    case "supersede":
      cancelOpenRuns(firing);
      return startSlot(firing, slot, status);
    default:
      return assertNever(decision);
  }
}

/** One row of a schedule waits for a predecessor, the newest. */
function postpone({ schedules, row }: Firing, slot: PendingSlot, reason: SlotReason): void {
  for (const older of schedules.listPending(row.id)) {
    if (older.dueAt >= slot.dueAt || older.reason === "jitter") continue;
    schedules.updateSlot(older, "skipped", "superseded", older.fireAt);
  }
  schedules.updateSlot(slot, "pending", reason, slot.fireAt);
}

function cancelOpenRuns({ schedules, control, row }: Firing): void {
  for (const run of schedules.listOpenRuns(row.id)) control.cancel(run.id, "a later slot of its schedule was due");
}

function startSlot(firing: Firing, slot: PendingSlot, status: FiredStatus): void {
  const { schedules, row, now } = firing;
  const inputJson = firing.findInput(row.workflow, row.name);
  if (inputJson === undefined) return schedules.updateSlot(slot, "missed", "bad_input", slot.fireAt);
  const runId = startScheduledRun(firing, row, { inputJson, dueAt: slot.dueAt, slotId: slot.id }, now);
  schedules.updateSlot(slot, status, null, slot.fireAt);
  schedules.setSlotRun(slot.id, runId);
  if (status !== "fired") noteLate(firing, "slot.late", { slot: slot.id, dueAt: slot.dueAt, count: 1, run: runId });
  firing.started.push(runId);
}

/** One fact for all of a turn: a day of a schedule that is due each minute is one piece of news. */
function noteMissed(firing: Firing): void {
  const [first] = firing.missed;
  if (first === undefined) return;
  const count = firing.missed.reduce((sum, each) => sum + each.count, 0);
  noteLate(firing, "slot.missed", { ...first, count });
}

/** What people want to hear of: `notify: { late }`. */
function noteLate({ rows, row, now }: Firing, kind: EventKind, slot: Readonly<Record<string, unknown>>): void {
  rows.events.insert(null, [{ kind, data: { workflow: row.workflow, schedule: row.name, ...slot } }], now);
}
