import { useEffect, useState } from "react";
import type { LogReference, PlacedLogLine, UiPorts } from "../ports.ts";
import { useUi } from "../ui-context.ts";
import { POLL_EVERY_MS } from "./use-database-version.ts";

export interface LogState {
  readonly isFollowing: boolean;
  readonly onlyErrors: boolean;
  readonly withTimes: boolean;
  /** Where the lines end that are shown; while following, at the end of the log. */
  readonly until: number;
  readonly found: string;
}

/** Lines that are read at once. */
const PAGE_LINES = 200;
/** Pages that are looked through for lines that pass the filter, or for a text. */
const PAGES_MAX = 40;

/** The size of a log as it grows: files do not tell the database. */
export function useLogSize(log: LogReference | undefined): number {
  const { ports } = useUi();
  const measure = (): number => (log === undefined ? 0 : ports.logs.measure(log));
  const [bytes, setBytes] = useState(measure);
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is measured anew for another log alone
  useEffect(() => {
    let cancel = (): void => {};
    const look = (): void => {
      setBytes(measure());
      cancel = ports.clock.schedule(POLL_EVERY_MS, look);
    };
    look();
    return () => cancel();
  }, [log?.path]);
  return bytes;
}

/** The last `count` lines that end at `until` and pass the filter. */
export function readBefore(
  { logs }: UiPorts,
  log: LogReference,
  until: number,
  count: number,
  onlyErrors: boolean,
): PlacedLogLine[] {
  const lines: PlacedLogLine[] = [];
  let end = until;
  for (let pages = 0; pages < PAGES_MAX && lines.length < count && end > 0; pages++) {
    const page = logs.readBefore(log, end, PAGE_LINES);
    lines.unshift(...page.filter((line) => passes(line, onlyErrors)));
    end = page[0]?.from ?? 0;
  }
  return lines.slice(-count);
}

/** The first `count` lines from `from` on that pass the filter. */
export function readAfter(
  { logs }: UiPorts,
  log: LogReference,
  from: number,
  count: number,
  onlyErrors: boolean,
): PlacedLogLine[] {
  const lines: PlacedLogLine[] = [];
  let start = from;
  for (let pages = 0; pages < PAGES_MAX && lines.length < count; pages++) {
    const page = logs.readAfter(log, start, PAGE_LINES);
    if (page.length === 0) break;
    lines.push(...page.filter((line) => passes(line, onlyErrors)));
    start = page.at(-1)?.until ?? start;
  }
  return lines.slice(0, count);
}

/** The nearest line that passes the filter and holds a text, before a place or after it. */
export function findInLog(
  { logs }: UiPorts,
  log: LogReference,
  text: string,
  place: number,
  direction: "before" | "after",
  onlyErrors: boolean,
): PlacedLogLine | undefined {
  const wanted = text.toLowerCase();
  const fits = (line: PlacedLogLine): boolean => passes(line, onlyErrors) && line.text.toLowerCase().includes(wanted);
  let at = place;
  for (let pages = 0; pages < PAGES_MAX; pages++) {
    const page = direction === "before" ? logs.readBefore(log, at, PAGE_LINES) : logs.readAfter(log, at, PAGE_LINES);
    const found = direction === "before" ? page.findLast(fits) : page.find(fits);
    if (found !== undefined || page.length === 0) return found;
    at = direction === "before" ? (page[0]?.from ?? 0) : (page.at(-1)?.until ?? at);
    if (at === 0) return undefined;
  }
  return undefined;
}

function passes(line: PlacedLogLine, onlyErrors: boolean): boolean {
  return !onlyErrors || line.mark !== "o";
}
