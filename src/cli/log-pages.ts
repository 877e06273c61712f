import { closeSync, openSync, readSync, statSync } from "node:fs";
import { type LogLine, parseLogLine } from "../core/log-line.ts";
import { type AttemptLog, listAttemptLogs } from "./log-files.ts";

/** A line and where its bytes lie in the file. */
export interface PlacedLine extends LogLine {
  readonly from: number;
  readonly until: number;
}

/** Reads logs by pages of lines, by offset: never a whole one. */
export interface LogPages {
  list(run: number, task: string, index: number | null): AttemptLog[];
  measure(log: AttemptLog): number;
  readBefore(log: AttemptLog, until: number, linesMax: number): PlacedLine[];
  readAfter(log: AttemptLog, from: number, linesMax: number): PlacedLine[];
}

/** Bytes that one page reads at most: a line may be long. */
const PAGE_BYTES_MAX = 256 * 1_024;
/** Bytes that a line usually takes, generously. */
const LINE_BYTES = 200;

export function createLogPages(databasePath: string): LogPages {
  return {
    list: (run, task, index) => listAttemptLogs(databasePath, run, { task, index }),
    measure: ({ path }) => statSync(path, { throwIfNoEntry: false })?.size ?? 0,
    readBefore: ({ path }, until, linesMax) => {
      let lines: PlacedLine[] = [];
      for (let bytes = linesMax * LINE_BYTES; ; bytes *= 4) {
        const wanted = Math.min(bytes, PAGE_BYTES_MAX, until);
        lines = readLines(path, until - wanted, wanted, wanted < until);
        if (lines.length >= linesMax || wanted === until || wanted === PAGE_BYTES_MAX) break;
      }
      return lines.slice(-linesMax);
    },
    readAfter: ({ path }, from, linesMax) =>
      readLines(path, from, Math.min(PAGE_BYTES_MAX, linesMax * LINE_BYTES * 4), false).slice(0, linesMax),
  };
}

/** The whole lines within a part of a file. `isTorn`: it begins within a line, which is left out. */
function readLines(path: string, from: number, length: number, isTorn: boolean): PlacedLine[] {
  const bytes = readPart(path, from, length);
  const lines: PlacedLine[] = [];
  let start = isTorn ? bytes.indexOf(0x0a) + 1 : 0;
  for (let end = bytes.indexOf(0x0a, start); end >= 0; end = bytes.indexOf(0x0a, start)) {
    const line = parseLogLine(bytes.toString("utf8", start, end));
    if (line !== undefined) lines.push({ ...line, from: from + start, until: from + end + 1 });
    start = end + 1;
  }
  return lines;
}

function readPart(path: string, from: number, length: number): Buffer {
  if (length <= 0) return Buffer.alloc(0);
  const descriptor = openSync(path, "r");
  try {
    const buffer = Buffer.alloc(length);
    return buffer.subarray(0, readSync(descriptor, buffer, 0, length, from));
  } finally {
    closeSync(descriptor);
  }
}
