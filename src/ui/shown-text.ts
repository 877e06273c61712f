import { isCut } from "../views/map-output.ts";
import type { CheckpointDetail } from "../views/show-checkpoint.ts";

/** Strings that are longer than this are folded: they would fill the screen with one value. */
const FOLD_COLUMNS = 500;
/** Characters of one value that a screen looks at; the pager has all. */
const VALUE_CHARS_MAX = 20_000;

/** What is decided on, as lines of text: what the author shows, what the task would be given, what came before. */
export function listShownLines(detail: CheckpointDetail, isWhole: boolean): string[] {
  const { showJson, resolvedJson, happened } = detail;
  const outputs = happened.filter((task) => task.outputJson !== null && task.outputJson !== "null");
  return [
    ...(showJson === null ? [] : renderJson(showJson, isWhole)),
    ...(resolvedJson === null ? [] : label("given", renderJson(resolvedJson, isWhole), showJson === null)),
    ...outputs.flatMap((task) => label(nameOutput(task), renderJson(task.outputJson ?? "null", isWhole), false)),
  ];
}

/** `load`, or of the list of a map that was not read to its end `load (the first 1000 of 10000 items)`. */
function nameOutput({ id, items }: CheckpointDetail["happened"][number]): string {
  return isCut(items) ? `${id} (the first ${items.shown} of ${items.count} items)` : id;
}

/** Items of a list stand one in a row; other values as indented JSON. */
function renderJson(json: string, isWhole: boolean): string[] {
  const value: unknown = JSON.parse(json);
  const isList = Array.isArray(value) && value.every((item) => typeof item !== "object" || item === null);
  const lines = isList ? value.map(String) : renderValue(value);
  if (isWhole) return lines;
  let left = VALUE_CHARS_MAX;
  const kept: string[] = [];
  for (const line of lines) {
    if (left <= 0) return [...kept, `… (v: all of it)`];
    kept.push(foldLine(line));
    left -= Math.min(line.length, FOLD_COLUMNS);
  }
  return kept;
}

function renderValue(value: unknown): string[] {
  if (typeof value === "string") return value.split("\n");
  const short = JSON.stringify(value);
  return short.length <= 60 ? [short] : JSON.stringify(value, null, 2).split("\n");
}

function foldLine(line: string): string {
  return line.length <= FOLD_COLUMNS ? line : `${line.slice(0, FOLD_COLUMNS)}… (${line.length - FOLD_COLUMNS} more)`;
}

function label(name: string, lines: readonly string[], isOnly: boolean): string[] {
  if (isOnly) return [...lines];
  return lines.length === 1 ? [`${name}: ${lines[0] ?? ""}`] : [`${name}:`, ...lines.map((line) => `  ${line}`)];
}

/** The items of a map that a checkpoint stands before; undefined: it is not before a whole map, or its list is too long. */
export function listItems(detail: CheckpointDetail): readonly unknown[] | undefined {
  if (detail.map === null || detail.resolvedJson === null) return undefined;
  const value: unknown = JSON.parse(detail.resolvedJson);
  return Array.isArray(value) ? value : undefined;
}
