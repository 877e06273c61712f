import type { CheckpointRow } from "../store/checkpoint-rows.ts";
import type { Rows } from "../store/rows.ts";
import { parseShown } from "./shown.ts";

/** In a few words, what a newer round shows that the seen one did not: `13 items instead of 12`; undefined: see there. */
export function describeChange(rows: Rows, seen: CheckpointRow, newest: CheckpointRow): string | undefined {
  if (seen.id === newest.id) return undefined;
  if (seen.message !== newest.message) return `"${cut(newest.message)}" instead of "${cut(seen.message)}"`;
  const one = readShown(rows, seen);
  const other = readShown(rows, newest);
  for (const part of ["showJson", "resolvedJson"] as const) {
    const [before, after] = [countItems(one[part]), countItems(other[part])];
    if (before !== undefined && after !== undefined && before !== after) return `${after} items instead of ${before}`;
  }
  const isSame = one.showJson === other.showJson && one.resolvedJson === other.resolvedJson;
  return isSame ? "its results or its code are others" : "what is shown is another";
}

function readShown(rows: Rows, row: CheckpointRow) {
  return parseShown(row.shownId === null ? null : rows.values.get(row.shownId));
}

function countItems(json: string | null): number | undefined {
  if (json === null || !json.startsWith("[")) return undefined;
  const list: unknown = JSON.parse(json);
  return Array.isArray(list) ? list.length : undefined;
}

const MESSAGE_SHOWN_MAX = 80;

function cut(text: string): string {
  return text.length <= MESSAGE_SHOWN_MAX ? text : `${text.slice(0, MESSAGE_SHOWN_MAX)}…`;
}
