import { InvalidDefinitionError } from "../core/errors.ts";
import { createWallCalendar, type WallCalendar } from "./wall-calendar.ts";
import { assertZone } from "./zone-offsets.ts";

export type GapOption = "shift" | "skip";
export type RepeatOption = "first" | "both";

/** A cron pattern as people write it, its zone by name (never `local`: the caller resolves that), and its options. */
export interface CronRuleSource {
  readonly cron: string;
  readonly zone: string;
  /** Left out: `shift` by the clock; for an hour field `*` a gap makes no slots. */
  readonly gap?: GapOption;
  /** Left out: `first` by the clock, `both` for an hour field `*`. */
  readonly repeat?: RepeatOption;
  /** First instant at which a slot may be due. */
  readonly fromAt?: number;
  /** Last instant at which a slot may be due. */
  readonly untilAt?: number;
}

/** A pattern that was read: what `listSlots` walks. Not JSON; make it again from its source. */
export interface CronRule {
  readonly cron: string;
  readonly zone: string;
  readonly calendar: WallCalendar;
  /** True where the hour field names every hour: such a rule counts elapsed time, any other goes by the clock. */
  readonly isElapsed: boolean;
  readonly gap: GapOption | "none";
  readonly repeat: RepeatOption;
  readonly fromAt: number;
  readonly untilAt: number;
}

/** Longest pattern: each of six fields may list what it names, and no more is of use. */
const PATTERN_CHARS_MAX = 512;

const NICKNAMES: Readonly<Record<string, string>> = {
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
  "@monthly": "0 0 1 * *",
  "@weekly": "0 0 * * 0",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@hourly": "0 * * * *",
};

/**
 * Reads a cron pattern of five fields (minute, hour, day of month, month, day of week), or of six with seconds first.
 * @throws {InvalidDefinitionError} code `invalid_cron` or `invalid_timezone`. The message begins with "expected"; the
 * caller puts the path before it.
 */
export function createCronRule(source: CronRuleSource): CronRule {
  assertZone(source.zone);
  const cron = source.cron.trim();
  const calendar = readCalendar(cron);
  const isElapsed = calendar.isEveryHour;
  return {
    cron,
    zone: source.zone,
    calendar,
    isElapsed,
    gap: source.gap ?? (isElapsed ? "none" : "shift"),
    repeat: source.repeat ?? (isElapsed ? "both" : "first"),
    fromAt: source.fromAt ?? Number.NEGATIVE_INFINITY,
    untilAt: source.untilAt ?? Number.POSITIVE_INFINITY,
  };
}

/**
 * For who declares one: a pattern that cannot be read is wrong in the file, not on the day it is due.
 * @throws {InvalidDefinitionError} as `createCronRule` does
 */
export function assertCron(cron: string): void {
  readCalendar(cron.trim());
}

function readCalendar(cron: string): WallCalendar {
  const fields = readFields(cron);
  const calendar = readWithCroner(cron, fields);
  // Midnight of 2000-01-01; croner looks ahead to the year 10000, so a day that exists is found.
  if (calendar.findDay(946_684_800_000) !== undefined) return calendar;
  throw createCronError(cron, "no such day exists, so it would never fire. Correct the day or the month");
}

function readFields(cron: string): string[] {
  if (cron.length > PATTERN_CHARS_MAX) throw createCronError(cron, `it has more than ${PATTERN_CHARS_MAX} characters`);
  const isNickname = cron.startsWith("@");
  const pattern = isNickname ? NICKNAMES[cron.toLowerCase()] : cron;
  if (pattern === undefined) {
    throw createCronError(cron, `the names are ${Object.keys(NICKNAMES).join(" ")}. Write one of them, or five fields`);
  }
  const fields = pattern.split(/\s+/);
  if (fields.length === 6) return fields;
  if (fields.length === 5) return ["0", ...fields];
  const count = cron === "" ? 0 : fields.length;
  throw createCronError(
    cron,
    `it has ${count} field${count === 1 ? "" : "s"}. Write minute, hour, day of month, month and day of week (with seconds first for six)`,
  );
}

function readWithCroner(cron: string, fields: readonly string[]): WallCalendar {
  try {
    return createWallCalendar(fields);
  } catch (cause) {
    const said = cause instanceof Error ? cause.message.replace(/^CronPattern: /, "") : String(cause);
    throw createCronError(cron, `${said.charAt(0).toLowerCase()}${said.slice(1)}`, cause);
  }
}

function createCronError(cron: string, why: string, cause?: unknown): InvalidDefinitionError {
  const found = JSON.stringify(cron.length > 80 ? `${cron.slice(0, 80)}…` : cron);
  return new InvalidDefinitionError(`expected a cron pattern such as "30 2 * * *", found ${found}: ${why}`, {
    code: "invalid_cron",
    cause,
  });
}
