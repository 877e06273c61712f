/**
 * A line of a log file: `<epoch-ms> <mark> <text>`. The marks: `o` standard output, `e` standard error, `x` the place
 * where bytes were cut out (the text is their number).
 */
export type LogMark = "o" | "e" | "x";

export interface LogLine {
  readonly at: number;
  readonly mark: LogMark;
  readonly text: string;
}

export function formatLogPrefix(at: number, mark: LogMark): string {
  return `${at} ${mark} `;
}

/** Undefined where the text is no whole line of a log, such as one that is just being written. */
export function parseLogLine(line: string): LogLine | undefined {
  const match = /^(\d{1,15}) ([oex]) /.exec(line);
  if (match === null) return undefined;
  return { at: Number(match[1]), mark: match[2] as LogMark, text: line.slice(match[0].length) };
}
