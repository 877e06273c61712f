/**
 * A turn of one schedule: its cursor, its slots and their runs move in one transaction (schedules.md).
 *
 * F1 A slot has one row, by the unique key on schedule and instant: a run is started only by who wrote that row.
 * F2 The schedule's row is read inside of the transaction: another engine's turn before it is seen.
 */
import { assertNever } from "../core/errors.ts";
import type { SlotReason, SlotStatus } from "../core/slot-status.ts";
import { decideTurn, getFiredStatus, type SlotOutcome } from "../schedule/catch-up.ts";
import { findClockShift } from "../schedule/clock-shift.ts";
import type { CronRule } from "../schedule/cron-rule.ts";
import { findNextSlot } from "../schedule/list-slots.ts";
import { decideOverlap, decidePending, type OverlapDecision, type Predecessor } from "../schedule/overlap.ts";
import { createScheduleRule, parseSchedulePolicy, type SchedulePolicy } from "../schedule/schedule-policy.ts";
import type { PendingSlot, ScheduleRow } from "../store/schedule-rows.ts";
import type { RunControl } from "./run-control.ts";
import { type ScheduledScope, startScheduledRun } from "./start-scheduled-run.ts";

export interface FireScope extends ScheduledScope {
  readonly control: RunControl;
  readonly watchedSinceAt: number;
  /** The input of a schedule, checked and completed; undefined: its schema refuses it. */
  readonly findInput: (workflow: string, schedule: string) => string | undefined;
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
  readonly now: number;
  readonly started: number[];
}

type FiredStatus = "fired" | "late" | "caught_up";

/** Brings a schedule's ledger up to now. Inside a transaction. */
export function fireSlots(scope: FireScope, scheduleId: number, now: number): FireResult {
  const row = scope.schedules.find(scheduleId); // F2
  if (row === undefined) return { started: [], hasMore: false, nextAt: null, isHeld: false };
  const shift = findClockShift(row.cursorAt, now);
  if (shift.kind === "ahead") return { started: [], hasMore: false, nextAt: row.nextAt, isHeld: true };
  const policy = parseSchedulePolicy(row.policyJson);
  const rule = findRule(row, policy);
  const firing: Firing = { ...scope, row, policy, now, started: [] };
  if (shift.kind === "setBack") scope.schedules.voidAfter(row.id, shift.voidAfterAt);
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
    blockedBy: findBlock(firing),
  });
  for (const outcome of turn.outcomes) recordOutcome(firing, outcome);
  const nextAt = row.removedAt === null ? (findNextSlot(rule, turn.cursorAt)?.dueAt ?? null) : null;
  scope.schedules.moveCursor(row.id, turn.cursorAt, nextAt);
  if (row.pausedUntilAt !== null && row.pausedUntilAt <= turn.cursorAt) scope.schedules.pauseUntil(row.id, null);
  return { started: firing.started, hasMore: turn.hasMore, nextAt, isHeld: false };
}

/** A rule costs more to make than to ask; the same text is the same rule. */
const RULES = new Map<string, CronRule>();
const RULES_MAX = 1_000;

function findRule({ cron, timezone, policyJson }: ScheduleRow, policy: SchedulePolicy): CronRule {
  const key = `${cron}\n${timezone}\n${policyJson}`;
  const found = RULES.get(key);
  if (found !== undefined) return found;
  if (RULES.size >= RULES_MAX) RULES.clear();
  const rule = createScheduleRule(cron, timezone, policy);
  RULES.set(key, rule);
  return rule;
}

function findBlock({ schedules, findInput, row }: Firing): "broken_file" | "bad_input" | undefined {
  const workflow = schedules.findWorkflow(row.workflow);
  if (workflow === undefined || workflow.definitionId === null || workflow.errorJson !== null) return "broken_file";
  return findInput(row.workflow, row.name) === undefined ? "bad_input" : undefined;
}

/** The rows that wait: for their jitter, or for what becomes of their predecessor. */
function firePending(firing: Firing): void {
  const { schedules, row, policy, now } = firing;
  for (const slot of schedules.listPending(row.id)) {
    const ended = findPendingEnd(firing);
    if (ended !== undefined) {
      schedules.updateSlot(slot.id, ended.status, ended.reason, slot.fireAt);
      continue;
    }
    const isJitter = slot.reason === "jitter";
    if (isJitter && (slot.fireAt ?? 0) > now) continue;
    const predecessor = findPredecessor(firing);
    const decision = isJitter
      ? decideOverlap(policy, predecessor)
      : decidePending(policy, toWaitReason(slot.reason), predecessor);
    applyDecision(firing, slot, getFiredStatus(slot.fireAt ?? slot.dueAt, now), decision);
  }
}

function toWaitReason(reason: string | null): "queue" | "hold" | "cancel" {
  return reason === "hold" || reason === "cancel" ? reason : "queue";
}

/** What ends a row that waits without a run. A pending slot cannot be missed: where it cannot start it goes on waiting. */
function findPendingEnd({ row, now }: Firing): { status: SlotStatus; reason: SlotReason } | undefined {
  if (row.removedAt !== null) return { status: "skipped", reason: "removed" };
  if (row.pausedUntilAt !== null && row.pausedUntilAt > now) return { status: "skipped", reason: "paused" };
  return undefined;
}

function recordOutcome(firing: Firing, outcome: SlotOutcome): void {
  const { schedules, row, policy } = firing;
  const { status, dueAt, untilAt = null, count, reason = null, fireAt = null } = outcome;
  const id = schedules.insertSlot({ scheduleId: row.id, dueAt, untilAt, count, status, reason, fireAt }); // F1
  if (id === undefined || !isFiring(status)) return;
  applyDecision(firing, { id, dueAt, fireAt, reason }, status, decideOverlap(policy, findPredecessor(firing)));
}

function isFiring(status: SlotStatus): status is FiredStatus {
  return status === "fired" || status === "late" || status === "caught_up";
}

function applyDecision(firing: Firing, slot: PendingSlot, status: FiredStatus, decision: OverlapDecision): void {
  const { schedules } = firing;
  switch (decision.kind) {
    case "fire":
      return startSlot(firing, slot, status);
    case "skip":
      return schedules.updateSlot(slot.id, "skipped", decision.reason, slot.fireAt);
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
    schedules.updateSlot(older.id, "skipped", "superseded", older.fireAt);
  }
  schedules.updateSlot(slot.id, "pending", reason, slot.fireAt);
}

function cancelOpenRuns({ schedules, control, row }: Firing): void {
  for (const run of schedules.listOpenRuns(row.id)) control.cancel(run.id, "a later slot of its schedule was due");
}

function findPredecessor({ schedules, row }: Firing): Predecessor {
  const open = schedules.listOpenRuns(row.id);
  if (open.length === 0) return "none";
  return open.every((run) => run.status === "waiting") ? "waiting" : "active";
}

function startSlot(firing: Firing, slot: PendingSlot, status: FiredStatus): void {
  const { schedules, row, now } = firing;
  const workflow = schedules.findWorkflow(row.workflow);
  const inputJson = firing.findInput(row.workflow, row.name);
  if (workflow?.definitionId == null || inputJson === undefined) return postpone(firing, slot, "queue");
  const runId = startScheduledRun(firing, row, { inputJson, dueAt: slot.dueAt, slotId: slot.id }, now);
  schedules.updateSlot(slot.id, status, null, slot.fireAt);
  schedules.setSlotRun(slot.id, runId);
  firing.started.push(runId);
}
