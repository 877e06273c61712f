/**
 * Another way to the slots of a cron pattern, for comparing: it walks over instants minute by minute and looks at the
 * clock on the wall, and has its own reader of patterns. It shares nothing with src/schedule and does not use croner.
 */

export const MINUTE_MS = 60_000;
const DAY_MINUTES = 1_440;
const DAY_MS = DAY_MINUTES * MINUTE_MS;

export interface OffsetChange {
  readonly at: number;
  readonly beforeMs: number;
  readonly afterMs: number;
}

export interface OraclePattern {
  readonly text: string;
  /** For each minute of a day, whether hour and minute are named. */
  readonly minutes: Uint8Array;
  readonly isDayNamed: (dayNumber: number) => boolean;
  readonly isEveryHour: boolean;
  /** Longest distance of two named times of an hour, in minutes; 60 for one. */
  readonly hourIntervalMinutes: number;
}

export interface OracleSlots {
  readonly due: number[];
  /** Instants of gap ends, once for each wall time that was merged there. */
  readonly merged: number[];
}

/** Reads five fields of numbers, lists, ranges and steps. */
export function readOraclePattern(text: string): OraclePattern {
  const [minute = "", hour = "", day = "", month = "", weekday = ""] = text.split(" ");
  const minuteSet = readField(minute, 0, 59);
  const hourSet = readField(hour, 0, 23);
  const [daySet, monthSet, weekdaySet] = [readField(day, 1, 31), readField(month, 1, 12), readField(weekday, 0, 7)];
  const minutes = new Uint8Array(DAY_MINUTES);
  for (const h of hourSet) for (const m of minuteSet) minutes[h * 60 + m] = 1;
  const isDayNamed = (dayNumber: number) => {
    const date = new Date(dayNumber * DAY_MS);
    const isWeekday = weekdaySet.has(date.getUTCDay()) || (date.getUTCDay() === 0 && weekdaySet.has(7));
    const isDay = daySet.has(date.getUTCDate());
    const isEither = day === "*" ? isWeekday : weekday === "*" ? isDay : isDay || isWeekday;
    return monthSet.has(date.getUTCMonth() + 1) && isEither;
  };
  return {
    text,
    minutes,
    isDayNamed,
    isEveryHour: hourSet.size === 24,
    hourIntervalMinutes: measureInterval(minuteSet),
  };
}

/** The changes of a zone's offset between two instants, each to the minute. Intl is asked for wall times, not for offsets. */
export function listOffsetChanges(zone: string, fromAt: number, untilAt: number): OffsetChange[] {
  const readOffset = createOffsetReader(zone);
  const changes: OffsetChange[] = [];
  const stepMs = 3 * DAY_MS;
  let beforeMs = readOffset(fromAt);
  for (let at = fromAt; at < untilAt; at += stepMs) {
    const afterMs = readOffset(at + stepMs);
    if (afterMs === beforeMs) continue;
    let low = at / MINUTE_MS;
    let high = (at + stepMs) / MINUTE_MS;
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (readOffset(middle * MINUTE_MS) === beforeMs) low = middle;
      else high = middle;
    }
    changes.push({ at: high * MINUTE_MS, beforeMs, afterMs });
    beforeMs = afterMs;
  }
  return changes;
}

/**
 * What the wall clock shows in each minute from `fromAt` on, in minutes since 1970; the offset changes once on the way.
 * Skipped wall times and repeated ones follow from looking at the minute before.
 */
export function walkWallMinutes(change: OffsetChange, fromAt: number, count: number): Int32Array {
  const walls = new Int32Array(count);
  for (let index = 0; index < count; index++) {
    const at = fromAt + index * MINUTE_MS;
    walls[index] = (at + (at < change.at ? change.beforeMs : change.afterMs)) / MINUTE_MS;
  }
  return walls;
}

/** The slots in those minutes, by the words of schedules.md. For an hour field `*`: each minute that shows a named time. */
export function listOracleSlots(pattern: OraclePattern, walls: Int32Array, fromAt: number): OracleSlots {
  const due: number[] = [];
  const merged: number[] = [];
  const isNamed = createMatcher(pattern);
  let latestWall = (walls[0] as number) - 1;
  for (let index = 0; index < walls.length; index++) {
    const wall = walls[index] as number;
    const at = fromAt + index * MINUTE_MS;
    if (pattern.isEveryHour) {
      if (isNamed(wall)) due.push(at);
      continue;
    }
    let standing = wall > latestWall && isNamed(wall) ? 1 : 0;
    for (let skipped = latestWall + 1; skipped < wall; skipped++) if (isNamed(skipped)) standing++;
    if (standing > 0) due.push(at);
    for (let more = 1; more < standing; more++) merged.push(at);
    latestWall = Math.max(latestWall, wall);
  }
  return { due, merged };
}

function createMatcher(pattern: OraclePattern): (wall: number) => boolean {
  let knownDay = Number.NaN;
  let isKnownDayNamed = false;
  return (wall) => {
    const day = Math.floor(wall / DAY_MINUTES);
    if (pattern.minutes[wall - day * DAY_MINUTES] === 0) return false;
    if (day !== knownDay) {
      knownDay = day;
      isKnownDayNamed = pattern.isDayNamed(day);
    }
    return isKnownDayNamed;
  };
}

function createOffsetReader(zone: string): (at: number) => number {
  const formatter = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
  });
  return (at) => {
    const [day, month, year, hour, minute] = (formatter.format(at).match(/\d+/g) ?? []).map(Number);
    return Date.UTC(Number(year), Number(month) - 1, day, hour, minute) - at;
  };
}

function readField(field: string, least: number, most: number): Set<number> {
  const values = new Set<number>();
  for (const part of field.split(",")) {
    const [range = "", step = "1"] = part.split("/");
    const [from, to] = range === "*" ? [least, most] : range.split("-").map(Number);
    for (let value = Number(from); value <= Number(to ?? from); value += Number(step)) values.add(value);
  }
  return values;
}

function measureInterval(minutes: ReadonlySet<number>): number {
  const sorted = [...minutes].sort((one, other) => one - other);
  const next = [...sorted.slice(1), (sorted[0] as number) + 60];
  return Math.max(...sorted.map((minute, index) => (next[index] as number) - minute));
}
