/**
 * One turn of a schedule: what becomes of the slots in (cursor, now], and where the cursor goes (schedules.md, rules 2
 * and 3). Decides only; the engine writes the outcomes and the cursor in one transaction, and asks `decideOverlap` for
 * each slot that is to fire.
 * C1: every slot in (cursor, new cursor] is in exactly one outcome.
 * C2: a turn gives at most SLOTS_PER_TURN_MAX outcomes, however long nobody looked.
 */
import type { MissReason, SkipReason, SlotReason, SlotStatus } from "../core/slot-status.ts";
import type { CronRule } from "./cron-rule.ts";
import { getFireAt } from "./jitter.ts";
import { countSlots, findNextSlot, listLastSlots, listSlots, SLOTS_PER_TURN_MAX } from "./list-slots.ts";
import type { SchedulePolicy } from "./schedule-policy.ts";
import type { Slot } from "./slot.ts";
import { formatWall } from "./wall-time.ts";

/** A slot that is fired within it counts as in time. */
const ON_TIME_MS = 60_000;
/** Slots that `catchup: "all"` fires at once; older ones are missed. */
const CATCHUP_MAX = 1_000;

export interface Turn {
  readonly rule: CronRule;
  readonly policy: SchedulePolicy;
  /** What tells this schedule from others, for its jitter: workflow and name, not a row's id. */
  readonly scheduleKey: string;
  /** All slots at or before it are in the ledger. */
  readonly cursorAt: number;
  readonly nowAt: number;
  /** Since when an engine has looked without a break; slots after it that come too late are `late`, earlier ones `caught_up`. */
  readonly watchedSinceAt?: number | undefined;
  /** Slots before it are skipped. */
  readonly pausedUntilAt?: number | undefined;
  /** Slots up to it are skipped, and there are none after it. */
  readonly removedAt?: number | undefined;
  /** Why nothing could be started now; slots that would fire are missed for it. */
  readonly blockedBy?: "broken_file" | "bad_input" | undefined;
}

/** One row of the ledger, or what it is to say. */
export interface SlotOutcome {
  readonly dueAt: number;
  /** Of a range: the instant of its last slot. */
  readonly untilAt?: number;
  readonly count: number;
  /** `fired`, `late` and `caught_up` are to start a run, if the predecessor lets them. */
  readonly status: Exclude<SlotStatus, "void">;
  readonly reason?: SlotReason;
  /** Of a pending slot: when its jitter has passed. */
  readonly fireAt?: number;
}

export interface TurnDecision {
  readonly outcomes: readonly SlotOutcome[];
  readonly cursorAt: number;
  /** True where the turn was full: the next one should follow at once. */
  readonly hasMore: boolean;
}

/** Decides the slots in (cursorAt, nowAt]; where now is not after the cursor there are none, and the cursor stays. */
export function decideTurn(turn: Turn): TurnDecision {
  if (turn.nowAt <= turn.cursorAt) return { outcomes: [], cursorAt: turn.cursorAt, hasMore: false };
  const { ranges, doneAt } = listRanges(turn);
  const lastAt = Math.min(turn.nowAt, turn.removedAt ?? turn.nowAt);
  const free = SLOTS_PER_TURN_MAX - ranges.length;
  const found = listSlots(turn.rule, doneAt, lastAt, free + 1);
  const slots = found.slice(0, free);
  const hasMore = found.length > slots.length;
  const findNext = (index: number) =>
    findNextDue(found, index) ?? (hasMore ? findNextSlot(turn.rule, (slots[index] as Slot).dueAt) : undefined);
  const outcomes = [...ranges, ...slots.map((slot, index) => decideSlot(turn, slot, findNext(index)))];
  return { outcomes, cursorAt: hasMore ? (slots.at(-1)?.dueAt ?? doneAt) : turn.nowAt, hasMore };
}

/** How a slot that was pending ends when it is fired now. */
export function getFiredStatus(fireAt: number, nowAt: number): "fired" | "late" {
  return nowAt - fireAt <= ON_TIME_MS ? "fired" : "late";
}

/** The slots that end together, oldest first, as one outcome for each cause; and the instant up to which they reach. */
function listRanges(turn: Turn): { ranges: SlotOutcome[]; doneAt: number } {
  const { rule, policy, nowAt } = turn;
  const ranges: SlotOutcome[] = [];
  let doneAt = turn.cursorAt;
  const add = (untilAt: number, status: "skipped" | "missed", reason: SkipReason | MissReason) => {
    const range = findRange(rule, doneAt, Math.min(untilAt, nowAt));
    if (range !== undefined) ranges.push({ ...range, status, reason });
    doneAt = Math.max(doneAt, Math.min(untilAt, nowAt));
  };
  if (turn.removedAt !== undefined) {
    add(turn.removedAt, "skipped", "removed");
    return { ranges, doneAt };
  }
  if (turn.pausedUntilAt !== undefined) add(turn.pausedUntilAt - 1, "skipped", "paused");
  add(nowAt - Math.max(policy.catchupWindowMs, ON_TIME_MS) - 1, "missed", "beyond_window");
  if (policy.catchup === "all" && countSlots(rule, doneAt, nowAt) > CATCHUP_MAX) {
    const kept = listLastSlots(rule, doneAt, nowAt, CATCHUP_MAX);
    add((kept[0] as Slot).dueAt - 1, "missed", "over_limit");
  }
  return { ranges, doneAt };
}

function findRange(
  rule: CronRule,
  afterAt: number,
  untilAt: number,
): Pick<SlotOutcome, "dueAt" | "untilAt" | "count"> | undefined {
  const [first] = listSlots(rule, afterAt, untilAt, 1);
  if (first === undefined) return undefined;
  const count = countSlots(rule, afterAt, untilAt);
  const [last] = listLastSlots(rule, afterAt, untilAt, 1);
  return last === undefined || count === 1
    ? { dueAt: first.dueAt, count }
    : { dueAt: first.dueAt, untilAt: last.dueAt, count };
}

function findNextDue(slots: readonly Slot[], index: number): Slot | undefined {
  for (let other = index + 1; other < slots.length; other++) if (slots[other]?.status === "due") return slots[other];
  return undefined;
}

/** @param next the due slot after it, where one is at or before now */
function decideSlot(turn: Turn, slot: Slot, next: Slot | undefined): SlotOutcome {
  const { dueAt, count } = slot;
  if (slot.status !== "due") return { dueAt, count, status: slot.status, reason: `gap ${formatWall(slot.wall)}` };
  const fireAt = findFireAt(turn, dueAt, next);
  if (fireAt > turn.nowAt) return { dueAt, count, status: "pending", reason: "jitter", fireAt };
  const missed = findMissReason(turn, fireAt, next) ?? turn.blockedBy;
  if (missed !== undefined) return { dueAt, count, status: "missed", reason: missed };
  if (turn.nowAt - fireAt <= ON_TIME_MS) return { dueAt, count, status: "fired" };
  const isWatched = turn.watchedSinceAt !== undefined && dueAt > turn.watchedSinceAt;
  return { dueAt, count, status: isWatched ? "late" : "caught_up" };
}

function findFireAt(turn: Turn, dueAt: number, next: Slot | undefined): number {
  const { jitterMs } = turn.policy;
  if (jitterMs === 0) return dueAt;
  return getFireAt(turn.scheduleKey, dueAt, jitterMs, (next ?? findNextSlot(turn.rule, dueAt))?.dueAt);
}

function findMissReason(turn: Turn, fireAt: number, next: Slot | undefined): MissReason | undefined {
  if (turn.nowAt - fireAt <= ON_TIME_MS || turn.policy.catchup === "all") return undefined;
  if (turn.policy.catchup === "none") return "catchup_none";
  return next === undefined || next.dueAt > turn.nowAt ? undefined : "not_latest";
}
