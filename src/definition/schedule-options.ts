import { InvalidDefinitionError } from "../core/errors.ts";
import type { ScheduleSpec } from "../core/workflow-spec.ts";
import { assertCron } from "../schedule/cron-rule.ts";
import { createSchedulePolicy } from "../schedule/schedule-policy.ts";
import type { Writable } from "./draft.ts";
import {
  createExpectedError,
  readDurationMs,
  readOneOf,
  readRecord,
  readText,
  refuseUnknownKeys,
} from "./option-reader.ts";

const KEYS: ReadonlySet<string> = new Set([
  ...["name", "cron", "timezone", "catchup", "catchupWindow", "overlap", "whileWaiting", "jitter"],
  ...["gap", "repeat", "from", "until", "input"],
]);
const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/;
/** Fields of a cron rule; with six, seconds come first. */
const CRON = /^(?:@[a-z]+|\S+(?:\s+\S+){4,5})$/;
const INSTANT = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?$/;

/**
 * Reads `schedule`: one or a list. The first is named after the workflow, the others `NAME-2`, `NAME-3` …, unless they have
 * a name of their own.
 */
export function readSchedules(workflow: string, value: unknown): readonly ScheduleSpec[] {
  const list = Array.isArray(value) ? value : [value];
  const schedules = list.map((each, place) => {
    const path = Array.isArray(value) ? `schedule[${place}]` : "schedule";
    return readSchedule(each, path, place === 0 ? workflow : `${workflow}-${place + 1}`);
  });
  const names = new Set<string>();
  for (const { name } of schedules) {
    if (names.has(name)) throw new InvalidDefinitionError(`schedule: two schedules are named "${name}". Rename one.`);
    names.add(name);
  }
  return schedules;
}

function readSchedule(value: unknown, path: string, defaultName: string): ScheduleSpec {
  const options = readRecord(value, path, 'an object such as { cron: "0 2 * * *", timezone: "Europe/Paris" }');
  refuseUnknownKeys(options, KEYS, path);
  const { name, cron, timezone, catchup, catchupWindow, overlap, whileWaiting, jitter, gap, repeat } = options;
  const spec: Writable<ScheduleSpec> = {
    name: name === undefined ? defaultName : readName(name, `${path}.name`),
    cron: readCron(cron, `${path}.cron`),
  };
  if (timezone !== undefined) spec.timezone = readTimezone(timezone, `${path}.timezone`);
  if (catchup !== undefined) spec.catchup = readOneOf(catchup, `${path}.catchup`, ["none", "latest", "all"]);
  if (catchupWindow !== undefined) spec.catchupWindowMs = readDurationMs(catchupWindow, `${path}.catchupWindow`);
  if (overlap !== undefined) spec.overlap = readOneOf(overlap, `${path}.overlap`, ["skip", "queue", "cancel", "allow"]);
  if (whileWaiting !== undefined) {
    spec.whileWaiting = readOneOf(whileWaiting, `${path}.whileWaiting`, ["hold", "supersede", "queue"]);
  }
  if (jitter !== undefined) spec.jitterMs = readDurationMs(jitter, `${path}.jitter`);
  if (gap !== undefined) spec.gap = readOneOf(gap, `${path}.gap`, ["shift", "skip"]);
  if (repeat !== undefined) spec.repeat = readOneOf(repeat, `${path}.repeat`, ["first", "both"]);
  if (options.from !== undefined) spec.from = readInstant(options.from, `${path}.from`);
  if (options.until !== undefined) spec.until = readInstant(options.until, `${path}.until`);
  if (options.input !== undefined) spec.input = readJson(options.input, `${path}.input`);
  withPath(`${path}.`, () => createSchedulePolicy(spec, resolveZone(spec.timezone)));
  return spec;
}

/** Where the zone is open, any will do: what is checked does not depend on it. */
function resolveZone(timezone: string | undefined): string {
  return timezone === undefined || timezone === "local" ? "UTC" : timezone;
}

function withPath(path: string, check: () => void): void {
  try {
    check();
  } catch (error) {
    if (!(error instanceof InvalidDefinitionError)) throw error;
    throw new InvalidDefinitionError(`${path}${error.message}`, { code: error.code, cause: error });
  }
}

function readName(value: unknown, path: string): string {
  if (typeof value === "string" && NAME.test(value)) return value;
  throw createExpectedError(path, "a name of letters, digits, dot, _ and -", value);
}

function readCron(value: unknown, path: string): string {
  const text = readText(value, path, 'a cron rule such as "0 2 * * *"').trim();
  if (!CRON.test(text)) {
    const expected = "a cron rule of five fields (minute hour day month weekday), or six with seconds";
    throw createExpectedError(path, expected, value);
  }
  withPath(`${path}: `, () => assertCron(text));
  return text;
}

function readTimezone(value: unknown, path: string): string {
  const text = readText(value, path, "a time zone such as Europe/Paris, or local");
  if (text === "local") return text;
  try {
    new Intl.DateTimeFormat("en", { timeZone: text });
    return text;
  } catch {
    throw createExpectedError(path, "a time zone such as Europe/Paris, or local", value);
  }
}

function readInstant(value: unknown, path: string): string {
  if (typeof value === "string" && INSTANT.test(value) && !Number.isNaN(Date.parse(value))) return value;
  throw createExpectedError(path, "a date such as 2026-03-01, or an instant such as 2026-03-01T08:00:00Z", value);
}

/** The value as JSON holds it: it crosses the database with the definition. */
function readJson(value: unknown, path: string): unknown {
  const text = JSON.stringify(value);
  if (text === undefined) throw createExpectedError(path, "a JSON value", value);
  return JSON.parse(text);
}
