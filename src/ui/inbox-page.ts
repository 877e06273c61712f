import { type InboxCursor, type InboxFilter, type InboxLine, type InboxSort, listInbox } from "../views/list-inbox.ts";
import type { ReadStore } from "../views/once-per-store.ts";

/** What is shown of the inbox. */
export interface InboxState {
  readonly sort: InboxSort;
  readonly text: string;
  /** Only of this workflow; undefined: all. */
  readonly workflow: string | undefined;
  /** Where the page begins; null: at the first. */
  readonly from: InboxCursor | null;
  /** The selected line, by its row, so that it stays whatever comes and goes around it. */
  readonly selected: InboxCursor | null;
  /** Undefined: as the number of lines suggests. */
  readonly isFolded: boolean | undefined;
  /** Of the folded inbox: the place of the selected workflow. */
  readonly group: number;
}

export const FIRST_INBOX: InboxState = {
  ...{ sort: "due", text: "", workflow: undefined, from: null, selected: null, isFolded: undefined, group: 0 },
};

export type MoveBy = "up" | "down" | "pageup" | "pagedown" | "home" | "end";

type Filter = Omit<InboxFilter, "limit" | "from" | "before">;

/** After all lines in every order. */
const END: InboxCursor = { key: Number.MAX_SAFE_INTEGER, rowId: 0 };

export function toInboxFilter({ sort, text, workflow }: InboxState): Filter {
  return { sort, ...(text === "" ? {} : { text }), ...(workflow === undefined ? {} : { workflow }) };
}

/** The page that begins at `from`, filled from before it at the end; where the selected line is left out, one that begins with it. */
export function readInboxPage(store: ReadStore, state: InboxState, capacity: number): InboxLine[] {
  const filter = toInboxFilter(state);
  const page = readPageFrom(store, filter, state.from, capacity);
  const { selected } = state;
  if (selected === null || page.some((line) => line.rowId === selected.rowId)) return page;
  const following = listInbox(store, { ...filter, from: selected, limit: capacity });
  return following[0]?.rowId === selected.rowId ? following : page;
}

function readPageFrom(store: ReadStore, filter: Filter, from: InboxCursor | null, capacity: number): InboxLine[] {
  if (from === null) return listInbox(store, { ...filter, limit: capacity });
  const after = listInbox(store, { ...filter, from, limit: capacity });
  if (after.length === capacity) return after;
  const before = listInbox(store, { ...filter, before: after[0]?.cursor ?? END, limit: capacity - after.length });
  return [...before, ...after];
}

type Place = Pick<InboxState, "selected" | "from">;

/** Where the selection and the page go; undefined: nowhere. */
export function moveInInbox(
  store: ReadStore,
  state: InboxState,
  page: readonly InboxLine[],
  place: number,
  by: MoveBy,
): Place | undefined {
  const [first] = page;
  if (first === undefined) return undefined;
  const stay = state.from === null ? null : first.cursor;
  const filter = toInboxFilter(state);
  const within = page[by === "down" ? place + 1 : by === "up" ? place - 1 : -1];
  if (within !== undefined) return { selected: within.cursor, from: stay };
  switch (by) {
    case "home":
      return { selected: listInbox(store, { ...filter, limit: 1 })[0]?.cursor ?? null, from: null };
    case "end":
      return toPlace(listInbox(store, { ...filter, before: END, limit: page.length }), "last");
    case "up":
      return toPlace(listInbox(store, { ...filter, before: first.cursor, limit: 1 }), "first");
    case "pageup":
      return toPlace(listInbox(store, { ...filter, before: first.cursor, limit: page.length }), "first");
    default:
      return moveDown(store, filter, page, by, stay);
  }
}

function moveDown(
  store: ReadStore,
  filter: Filter,
  page: readonly InboxLine[],
  by: "down" | "pagedown",
  stay: InboxCursor | null,
): Place | undefined {
  const last = page.at(-1);
  if (last === undefined) return undefined;
  const [, next] = listInbox(store, { ...filter, from: last.cursor, limit: 2 });
  if (next === undefined) return { selected: last.cursor, from: stay };
  return { selected: next.cursor, from: by === "down" ? (page[1] ?? next).cursor : next.cursor };
}

function toPlace(page: readonly InboxLine[], which: "first" | "last"): Place | undefined {
  const [first] = page;
  const selected = which === "first" ? first : page.at(-1);
  return first === undefined || selected === undefined ? undefined : { selected: selected.cursor, from: first.cursor };
}

/** Within a list of which all is at hand. */
export function moveWithin(place: number, by: MoveBy, capacity: number, count: number): number {
  const steps: Readonly<Record<MoveBy, number>> = {
    ...{ up: -1, down: 1, pageup: -capacity, pagedown: capacity, home: -count, end: count },
  };
  return Math.max(0, Math.min(count - 1, place + steps[by]));
}
