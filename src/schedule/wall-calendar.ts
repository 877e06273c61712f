import { Cron } from "croner";
import type { Wall } from "./wall-time.ts";
import { DAY_MS } from "./zone-offsets.ts";

/**
 * The wall times that a cron pattern names: those days, and on each of them those times. croner counts them in UTC,
 * where no hour is missing or repeated; its own handling of zones is never used (docs: 30 2 and 0,30 2 behave differently there).
 */
export interface WallCalendar {
  /** Milliseconds since midnight, ascending; at least one. */
  readonly timesOfDay: readonly number[];
  /** True where the hour field names all 24 hours. */
  readonly isEveryHour: boolean;
  /** Midnight of the first day at or after this midnight that the pattern names. */
  readonly findDay: (midnight: Wall) => Wall | undefined;
}

const HOURS_A_DAY = 24;
const SECOND_MS = 1_000;

/**
 * @param fields second, minute, hour, day of month, month, day of week
 * @throws what croner throws for a field that it cannot read
 */
export function createWallCalendar(fields: readonly string[]): WallCalendar {
  const [second, minute, hour, ...date] = fields;
  const hours = listTimes(`0 0 ${hour} * * *`);
  const minutes = listTimes(`0 ${minute} 0 * * *`);
  const seconds = listTimes(`${second} 0 0 * * *`);
  const days = createCron(`0 0 0 ${date.join(" ")}`);
  return {
    timesOfDay: hours.flatMap((h) => minutes.flatMap((m) => seconds.map((s) => h + m + s))),
    isEveryHour: hours.length === HOURS_A_DAY,
    findDay: (midnight) => findNext(days, midnight - SECOND_MS),
  };
}

/** The named wall times in [fromWall, toWall), ascending. */
export function* walkWalls(calendar: WallCalendar, fromWall: Wall, toWall: Wall): Generator<Wall> {
  const { timesOfDay, findDay } = calendar;
  let day = fromWall < toWall ? findDay(toMidnight(fromWall)) : undefined;
  while (day !== undefined && day < toWall) {
    for (let index = countBefore(timesOfDay, fromWall - day); index < timesOfDay.length; index++) {
      const wall = day + (timesOfDay[index] as number);
      if (wall >= toWall) return;
      yield wall;
    }
    day = findDay(day + DAY_MS);
  }
}

/** The first named wall time at or after `fromWall`. */
export function findWall(calendar: WallCalendar, fromWall: Wall): Wall | undefined {
  const next = walkWalls(calendar, fromWall, Number.POSITIVE_INFINITY).next();
  return next.done === true ? undefined : next.value;
}

/** How many wall times `walkWalls` would give. Costs one step a day, however many times a day has. */
export function countWalls(calendar: WallCalendar, fromWall: Wall, toWall: Wall): number {
  const { timesOfDay, findDay } = calendar;
  let count = 0;
  let day = fromWall < toWall ? findDay(toMidnight(fromWall)) : undefined;
  while (day !== undefined && day < toWall) {
    count += countBefore(timesOfDay, toWall - day) - countBefore(timesOfDay, fromWall - day);
    day = findDay(day + DAY_MS);
  }
  return count;
}

function toMidnight(wall: Wall): Wall {
  return Math.floor(wall / DAY_MS) * DAY_MS;
}

/** How many of the ascending times lie before `time`. */
function countBefore(times: readonly number[], time: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((times[middle] as number) < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** All times of one day of a pattern that holds on every day. */
function listTimes(pattern: string): number[] {
  const cron = createCron(pattern);
  const times: number[] = [];
  for (let time = findNext(cron, -SECOND_MS); time !== undefined && time < DAY_MS; time = findNext(cron, time)) {
    times.push(time);
  }
  return times;
}

function createCron(pattern: string): Cron {
  return new Cron(pattern, { mode: "6-part", utcOffset: 0, paused: true });
}

function findNext(cron: Cron, afterWall: Wall): Wall | undefined {
  return cron.nextRun(new Date(afterWall))?.getTime();
}
