import type { CronRule } from "./cron-rule.ts";
import type { Slot } from "./slot.ts";
import { findWall, walkWalls } from "./wall-calendar.ts";
import type { Wall } from "./wall-time.ts";
import type { Transition } from "./zone-offsets.ts";

const HOUR_MS = 3_600_000;
/** Slots of one gap that have a row each: they share the second before its end. One more row stands for the rest. */
const GAP_ROWS_MAX = 999;

/** What a rule makes of a change of offset beyond the wall times that the clock does show, in order of `dueAt`. */
export function listChangeSlots(rule: CronRule, change: Transition): Slot[] {
  const isGap = change.offsetMs > change.beforeMs;
  if (isGap && rule.gap !== "none") return listGapSlots(rule, change);
  const bridge = rule.isElapsed && (isGap || rule.repeat === "both") ? findBridgeSlot(rule, change) : undefined;
  return bridge === undefined ? [] : [bridge];
}

/**
 * `shift`: the first wall time of the gap fires at its end, the others are merged into it; all of them are where the
 * pattern names the gap's end, too. `skip`: all are skipped.
 */
function listGapSlots(rule: CronRule, gap: Transition): Slot[] {
  const endWall = gap.at + gap.offsetMs;
  const walls = [...walkWalls(rule.calendar, gap.at + gap.beforeMs, endWall)];
  const isSkipped = rule.gap === "skip";
  const isEndNamed = findWall(rule.calendar, endWall) === endWall;
  const shifted = isSkipped || isEndNamed ? undefined : walls.shift();
  const slots = listBeforeEnd(walls, gap.at, isSkipped ? "skipped" : "merged");
  if (shifted !== undefined) slots.push({ dueAt: gap.at, wall: shifted, fold: 0, status: "due", count: 1 });
  return slots;
}

function listBeforeEnd(walls: readonly Wall[], endAt: number, status: "merged" | "skipped"): Slot[] {
  const rows = Math.min(walls.length, GAP_ROWS_MAX);
  return walls.slice(0, rows).map((wall, index) => {
    const count = index === rows - 1 ? walls.length - rows + 1 : 1;
    return { dueAt: endAt - rows + index, wall, fold: 0, status, count };
  });
}

/**
 * A rule by elapsed time must not wait longer than its interval. A change by whole hours cannot make it: each hour has
 * the same minutes. Where the change is no multiple of an hour (Lord Howe: 30 minutes), the next slot of the old
 * offset still fires, unless one of the new offset comes by then.
 */
function findBridgeSlot(rule: CronRule, change: Transition): Slot | undefined {
  if ((change.offsetMs - change.beforeMs) % HOUR_MS === 0) return undefined;
  const oldWall = findWall(rule.calendar, change.at + change.beforeMs);
  const newWall = findWall(rule.calendar, change.at + change.offsetMs);
  if (oldWall === undefined || newWall === undefined) return undefined;
  const dueAt = oldWall - change.beforeMs;
  if (dueAt >= newWall - change.offsetMs || dueAt - change.at >= HOUR_MS) return undefined;
  const wall = dueAt + change.offsetMs;
  return { dueAt, wall, fold: wall < change.at + change.beforeMs ? 1 : 0, status: "due", count: 1 };
}
