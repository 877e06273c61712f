import type { RunState } from "../core/run-state.ts";

/** Tasks of the runs in memory from which on no further queued run is taken up: about 500 MB. */
const TASKS_MAX = 500_000;
/** Of the runs that were too many, so many are left when it looks on. */
const LOOKS_ON_AT = 0.9;

/** How far the queue of the file was looked at. What does not fit into memory stays there, and is taken up later. */
export class QueueCursor {
  /** Queued runs up to this id were looked at: there are more of them than one turn looks at; 0: from the beginning. */
  position = 0;
  readonly #tasksMax: number;
  #runsWhenFull: number | undefined;

  constructor(tasksMax = TASKS_MAX) {
    this.#tasksMax = tasksMax;
  }

  /** Whether further runs may be taken up beside those in memory. */
  hasRoom(states: ReadonlyMap<number, RunState>): boolean {
    let tasks = 0;
    for (const { nodes } of states.values()) tasks += nodes.length;
    this.#runsWhenFull = tasks < this.#tasksMax ? undefined : states.size;
    return this.#runsWhenFull === undefined;
  }

  /** Whether the next turn is to look on, with so many runs in memory. */
  looksOn(runs: number): boolean {
    return this.#runsWhenFull === undefined ? this.position > 0 : runs < this.#runsWhenFull * LOOKS_ON_AT;
  }
}
