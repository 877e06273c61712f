import { listRuns, type RunFilter, type RunLine } from "../../views/list-runs.ts";
import { describeRunNow } from "../../views/run-now.ts";
import type { MoveBy } from "../inbox-page.ts";
import { useUi } from "../ui-context.ts";
import { useKept } from "./use-kept.ts";
import { useRead } from "./use-read.ts";

export interface RunListState {
  readonly text: string;
  readonly isFailedOnly: boolean;
  /** Where each page that was gone through begins: only runs with a smaller number. The last one is shown. */
  readonly tops: readonly number[];
  readonly selected: number | null;
}

export interface RunRow {
  readonly line: RunLine;
  readonly nowText: string;
}

export interface RunList {
  readonly state: RunListState;
  readonly rows: readonly RunRow[];
  readonly place: number;
  readonly line: RunLine | undefined;
  change(next: Partial<RunListState>): void;
  move(by: MoveBy): void;
}

const FIRST: RunListState = { text: "", isFailedOnly: false, tops: [], selected: null };

/** The runs by pages of `capacity`, the newest first. */
export function useRunList(capacity: number): RunList {
  const { ports } = useUi();
  const { store, isEngineAlive } = ports;
  const [state, setState] = useKept("runs", FIRST);
  const top = state.tops.at(-1);
  const filter: RunFilter = {
    limit: capacity,
    ...(state.text === "" ? {} : { text: state.text }),
    ...(state.isFailedOnly ? { status: ["failed"] } : {}),
    ...(top === undefined ? {} : { before: top }),
  };
  const page = useRead(() => {
    const { runs, next } = listRuns(store, filter, isEngineAlive);
    return { rows: runs.map((line) => ({ line, nowText: describeRunNow(store, line) })), next };
  }, JSON.stringify(filter)) ?? { rows: [], next: null };
  const { rows, next } = page;
  const found = rows.findIndex((row) => row.line.run === state.selected);
  const place = Math.max(0, found);
  const change = (given: Partial<RunListState>): void => setState({ ...state, ...given });
  const select = (at: number): void => change({ selected: rows[at]?.line.run ?? null });
  const move = (by: MoveBy): void => {
    if (by === "home") return change({ tops: [], selected: null });
    if (by === "up" && place > 0) return select(place - 1);
    if (by === "down" && place < rows.length - 1) return select(place + 1);
    if (by === "end") return select(rows.length - 1);
    if ((by === "down" || by === "pagedown") && next !== null)
      return change({ tops: [...state.tops, next], selected: null });
    if ((by === "up" || by === "pageup") && state.tops.length > 0) {
      return change({ tops: state.tops.slice(0, -1), selected: null });
    }
  };
  return { state, rows, place, line: rows[place]?.line, change, move };
}
