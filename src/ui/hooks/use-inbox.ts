import { useLayoutEffect, useRef } from "react";
import { countInbox, type InboxGroup, type InboxLine, listInboxGroups } from "../../views/list-inbox.ts";
import {
  FIRST_INBOX,
  type InboxState,
  type MoveBy,
  moveInInbox,
  moveWithin,
  readInboxPage,
  toInboxFilter,
} from "../inbox-page.ts";
import { useUi } from "../ui-context.ts";
import { useKept } from "./use-kept.ts";
import { useRead } from "./use-read.ts";

export interface Inbox {
  readonly state: InboxState;
  readonly total: number;
  readonly passing: number;
  readonly lines: readonly InboxLine[];
  /** Place of the selected line on the page. */
  readonly place: number;
  /** Workflows instead of lines; undefined: not folded. */
  readonly groups: readonly InboxGroup[] | undefined;
  readonly line: InboxLine | undefined;
  change(next: Partial<InboxState>): void;
  move(by: MoveBy): void;
}

/** From so many on, lines of the same workflow are folded into one. */
const FOLD_FROM = 50;
const GROUPS_MAX = 1_000;

/** The inbox by pages of `capacity` lines. */
export function useInbox(capacity: number): Inbox {
  const { ports, holdKeys } = useUi();
  const { store } = ports;
  const [state, setState] = useKept("inbox", FIRST_INBOX);
  const filter = toInboxFilter(state);
  const counts = useRead(() => countInbox(store, filter), JSON.stringify(filter)) ?? { total: 0, passing: 0 };
  const mayFold = state.text === "" && state.workflow === undefined;
  const isFolded = mayFold && (state.isFolded ?? counts.total > FOLD_FROM);
  const groups = useRead(() => (isFolded ? listInboxGroups(store, GROUPS_MAX) : undefined), String(isFolded));
  const lines = useRead(() => readInboxPage(store, state, capacity), JSON.stringify([state, capacity])) ?? [];

  const lastPlace = useRef(0);
  const found = lines.findIndex((line) => line.rowId === state.selected?.rowId);
  const place = found >= 0 ? found : Math.max(0, Math.min(lastPlace.current, lines.length - 1));
  lastPlace.current = place;
  const line = isFolded ? undefined : lines[place];
  // Another line has come to stand where the selected one was: what was about to be pressed was meant for that one.
  const selectedRow = line?.rowId;
  const seenRow = useRef(selectedRow);
  const isMoved = found < 0 && seenRow.current !== selectedRow;
  const change = (next: Partial<InboxState>): void => setState({ ...state, ...next });
  useLayoutEffect(() => {
    const isFirst = seenRow.current === undefined;
    seenRow.current = selectedRow;
    if (isMoved && !isFirst && line !== undefined) holdKeys();
    if (found < 0 && line !== undefined) change({ selected: line.cursor });
  });
  const move = (by: MoveBy): void => {
    if (isFolded) return change({ group: moveWithin(state.group, by, capacity, groups?.length ?? 0) });
    const next = moveInInbox(store, state, lines, place, by);
    if (next !== undefined) change(next);
  };
  return { state, ...counts, lines, place, groups: isFolded ? groups : undefined, line, change, move };
}
