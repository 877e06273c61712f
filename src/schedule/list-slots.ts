/**
 * From the wall times of a cron pattern to instants (schedules.md, rule 1).
 *
 * A zone's time is cut into stretches of one offset. Inside a stretch a wall time is an instant by subtraction; all that
 * needs a rule happens where one stretch follows another, and is decided in `listChangeSlots`.
 * S1: slots come in order of `dueAt`, and no two slots of a rule have the same `dueAt` (the ledger's key).
 * S2: `countSlots` is the length of what `walkSlots` gives for the same bounds.
 */
import type { CronRule } from "./cron-rule.ts";
import { listChangeSlots } from "./offset-change.ts";
import type { Slot } from "./slot.ts";
import { countWalls, findWall, walkWalls } from "./wall-calendar.ts";
import type { Wall } from "./wall-time.ts";
import { DAY_MS, getOffsetMs, type Transition, walkTransitions } from "./zone-offsets.ts";

/** Slots that one turn moves (schedules.md, rule 2): a few milliseconds of rows. */
export const SLOTS_PER_TURN_MAX = 1_000;
/** How far `findNextSlot` looks: 29 February on a given weekday comes back after at most 40 years. */
const HORIZON_MS = 50 * 366 * DAY_MS;
const MINUTE_MS = 60_000;

/** Time with one offset: wall times from `fromWall` up to `toWall` (excluded) are instants at which slots may be due. */
interface Stretch {
  /** What began it; undefined for the stretch in which the walk begins. */
  readonly change: Transition | undefined;
  readonly offsetMs: number;
  readonly fromWall: Wall;
  readonly toWall: Wall;
  /** Wall times before it are shown a second time here. */
  readonly repeatUntilWall: Wall;
}

/** The slots in (afterAt, untilAt], in order, at most `max`. Merged and skipped ones of a gap are among them. */
export function listSlots(rule: CronRule, afterAt: number, untilAt: number, max = SLOTS_PER_TURN_MAX): Slot[] {
  const slots: Slot[] = [];
  if (max <= 0) return slots;
  for (const slot of walkSlots(rule, afterAt, untilAt)) {
    slots.push(slot);
    if (slots.length >= max) break;
  }
  return slots;
}

/** The first slot after `afterAt` that will be fired, or undefined where the rule has none in the next 50 years. */
export function findNextSlot(rule: CronRule, afterAt: number): Slot | undefined {
  // The days in between are skipped without a look at the zone: no wall time is further than a day from its instant.
  const nearWall = findWall(rule.calendar, Math.max(afterAt, rule.fromAt - 1) - DAY_MS);
  if (nearWall === undefined) return undefined;
  const startAt = Math.max(afterAt, nearWall - 2 * DAY_MS);
  for (const slot of walkSlots(rule, startAt, startAt + HORIZON_MS)) if (slot.status === "due") return slot;
  return undefined;
}

/** How many slots `listSlots` would give without a limit. Costs a step a day, not one a slot. */
export function countSlots(rule: CronRule, afterAt: number, untilAt: number): number {
  const first = Math.max(afterAt, rule.fromAt - 1);
  const last = Math.min(untilAt, rule.untilAt);
  let count = 0;
  for (const stretch of walkStretches(rule, first, last)) {
    for (const slot of listStretchStart(rule, stretch)) if (slot.dueAt > first && slot.dueAt <= last) count++;
    count += countWalls(rule.calendar, stretch.fromWall, stretch.toWall);
  }
  return count;
}

/** The last `max` slots in (afterAt, untilAt], in order. */
export function listLastSlots(rule: CronRule, afterAt: number, untilAt: number, max: number): Slot[] {
  let spanMs = MINUTE_MS;
  while (untilAt - spanMs > afterAt && countSlots(rule, untilAt - spanMs, untilAt) < max) spanMs *= 2;
  return listSlots(rule, Math.max(afterAt, untilAt - spanMs), untilAt, Number.POSITIVE_INFINITY).slice(-max);
}

function* walkSlots(rule: CronRule, afterAt: number, untilAt: number): Generator<Slot> {
  const first = Math.max(afterAt, rule.fromAt - 1);
  const last = Math.min(untilAt, rule.untilAt);
  for (const stretch of walkStretches(rule, first, last)) {
    const early = listStretchStart(rule, stretch).filter((slot) => slot.dueAt > first && slot.dueAt <= last);
    for (const wall of walkWalls(rule.calendar, stretch.fromWall, stretch.toWall)) {
      const dueAt = wall - stretch.offsetMs;
      while (early[0] !== undefined && early[0].dueAt < dueAt) yield early.shift() as Slot;
      yield { dueAt, wall, fold: wall < stretch.repeatUntilWall ? 1 : 0, status: "due", count: 1 };
    }
    yield* early;
  }
}

function listStretchStart(rule: CronRule, stretch: Stretch): Slot[] {
  return stretch.change === undefined ? [] : listChangeSlots(rule, stretch.change);
}

/**
 * The stretches that touch (afterAt, untilAt], cut to it. The walk begins a day early, so that a repeated hour that
 * began before `afterAt` is known as one, and ends a second late, because a gap's merged slots lie just before its end.
 */
function* walkStretches(rule: CronRule, afterAt: number, untilAt: number): Generator<Stretch> {
  if (afterAt >= untilAt) return;
  let change: Transition | undefined;
  for (const next of walkTransitions(rule.zone, afterAt - DAY_MS)) {
    yield createStretch(rule, change, afterAt, Math.min(untilAt + 1, next.at));
    if (next.at > untilAt + 1_000) return;
    change = next;
  }
}

function createStretch(rule: CronRule, change: Transition | undefined, afterAt: number, endAt: number): Stretch {
  const startAt = Math.max(afterAt + 1, change?.at ?? afterAt + 1);
  const offsetMs = change?.offsetMs ?? getOffsetMs(rule.zone, afterAt - DAY_MS);
  const repeatUntilWall = change === undefined ? Number.NEGATIVE_INFINITY : change.at + change.beforeMs;
  const fromWall = startAt + offsetMs;
  const isRepeatSkipped = rule.repeat === "first";
  return {
    change,
    offsetMs,
    fromWall: isRepeatSkipped ? Math.max(fromWall, repeatUntilWall) : fromWall,
    toWall: endAt + offsetMs,
    repeatUntilWall,
  };
}
