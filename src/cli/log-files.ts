import { closeSync, openSync, readdirSync, readSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { type LogLine, parseLogLine } from "../core/log-line.ts";
import { getLogsFolder } from "../platform/paths.ts";
import { explainPermission } from "../store/file-owner.ts";

/** The log of one attempt: `logs/RUN/TASK[.ITEM].GENERATION.ATTEMPT.log` beside the database. */
export interface AttemptLog {
  readonly path: string;
  readonly task: string;
  readonly index: number | null;
  readonly generation: number;
  readonly attempt: number;
}

export interface LogFilter {
  readonly task?: string | undefined;
  /** Undefined: of all instances; null: only of the task itself. */
  readonly index?: number | null | undefined;
  readonly attempt?: number | undefined;
}

const NAME = /^([A-Za-z][\w-]*)(?:\.(\d+))?\.(\d+)\.(\d+)\.log$/;

/** The logs that are there, by task, instance, generation and attempt. */
export function listAttemptLogs(databasePath: string, runId: number, filter: LogFilter): AttemptLog[] {
  const folder = join(getLogsFolder(databasePath), String(runId));
  return readNames(folder)
    .map((name) => toAttemptLog(folder, name))
    .filter((log) => log !== undefined)
    .filter(
      (log) =>
        (filter.task === undefined || log.task === filter.task) &&
        (filter.index === undefined || log.index === filter.index) &&
        (filter.attempt === undefined || log.attempt === filter.attempt),
    )
    .sort(compareLogs);
}

function readNames(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw explainPermission(dirname(folder), "open", error) ?? explainPermission(folder, "open", error) ?? error;
  }
}

function toAttemptLog(folder: string, name: string): AttemptLog | undefined {
  const [, task, item, generation, attempt] = NAME.exec(name) ?? [];
  if (task === undefined) return undefined;
  const index = item === undefined ? null : Number(item);
  return { path: join(folder, name), task, index, generation: Number(generation), attempt: Number(attempt) };
}

function compareLogs(one: AttemptLog, other: AttemptLog): number {
  if (one.task !== other.task) return one.task < other.task ? -1 : 1;
  return (one.index ?? -1) - (other.index ?? -1) || one.generation - other.generation || one.attempt - other.attempt;
}

/**
 * Reads one log as it grows. Owns the place up to which it has read.
 *
 * F1: only whole lines are given; what has no end yet is read again.
 * F2: a log that was cut in its middle becomes shorter; then all of it is read again, and lines that were given are not repeated.
 */
export class LogReader {
  readonly #path: string;
  #offset = 0;
  #lastAt = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** The lines that came since the last call. */
  readNew(): LogLine[] {
    const bytes = statSync(this.#path, { throwIfNoEntry: false })?.size ?? 0;
    if (bytes === this.#offset) return [];
    const wasCut = bytes < this.#offset; // F2
    const from = wasCut ? 0 : this.#offset;
    const text = readPart(this.#path, from, bytes - from);
    const end = text.lastIndexOf("\n") + 1; // F1
    this.#offset = from + Buffer.byteLength(text.slice(0, end));
    const lines = text
      .slice(0, end)
      .split("\n")
      .map(parseLogLine)
      .filter((line) => line !== undefined);
    const given = this.#lastAt;
    this.#lastAt = lines.at(-1)?.at ?? given;
    return wasCut ? lines.filter((line) => line.at > given) : lines;
  }
}

function readPart(path: string, from: number, length: number): string {
  const descriptor = openLog(path);
  try {
    const buffer = Buffer.alloc(length);
    let read = 0;
    while (read < length) {
      const count = readSync(descriptor, buffer, read, length - read, from + read);
      if (count === 0) break;
      read += count;
    }
    return buffer.toString("utf8", 0, read);
  } finally {
    closeSync(descriptor);
  }
}

function openLog(path: string): number {
  try {
    return openSync(path, "r");
  } catch (error) {
    throw explainPermission(path, "open", error) ?? error;
  }
}
