/**
 * What the engines of one file ask of each other: rows of `hold` with the amount 0.
 *
 * Owns: the rows of this engine that ask, and what it has read of those of the others. Owns not: what is held, and the
 * order among the lines of this engine (core/resource-queue), which these rows follow.
 *
 * K1 A line has rows only while it waits, and only beside other engines. They name one of its tasks, whichever it is.
 * K2 The seniority of a line is that of its oldest row, and the lines of an engine wait in the same order: of two lines
 *    anywhere one comes first, whatever they lack. In two orders they would wait for each other for ever.
 */
import type { Line, ResourceQueue } from "../core/resource-queue.ts";
import type { RunState } from "../core/run-state.ts";
import type { Rows } from "../store/rows.ts";
import { getTaskId } from "../store/task-id.ts";

interface Asked {
  readonly owner: RunState;
  readonly taskId: number;
  /** Resource → place in the order of all engines. */
  readonly seqs: Map<string, number>;
}

const LAST = Number.POSITIVE_INFINITY;

export class ResourceAsks {
  readonly #rows: Rows;
  /** By the key of the line. */
  readonly #asked = new Map<string, Asked>();
  /** Resource → the seniority of the first engine elsewhere that asks for it. */
  readonly #elsewhere = new Map<string, number>();
  #hasOthers = false;

  constructor(rows: Rows) {
    this.#rows = rows;
  }

  /** The transaction has thrown: its rows are found by the next `read`. */
  forget(): void {
    this.#asked.clear();
  }

  read(ownId: number): void {
    this.#hasOthers = this.#rows.engines.listOthers(ownId).length > 0;
    const seniority = new Map<number, number>();
    const asks = this.#rows.resources.listAsks();
    for (const { seq, taskId } of asks) seniority.set(taskId, Math.min(seniority.get(taskId) ?? LAST, seq));
    const known = new Set(Array.from(this.#asked.values(), ({ taskId }) => taskId));
    this.#elsewhere.clear();
    for (const { taskId, resource, engineId } of asks) {
      if (engineId === ownId) {
        if (!known.has(taskId)) this.#rows.resources.withdraw(taskId, resource);
        continue;
      }
      const first = Math.min(this.#elsewhere.get(resource) ?? LAST, seniority.get(taskId) ?? LAST);
      this.#elsewhere.set(resource, first);
    }
  }

  /** True where another engine has asked for the resource before this line has. */
  isBarred(line: Line<unknown>, resource: string): boolean {
    const first = this.#elsewhere.get(resource);
    return first !== undefined && first < getSeniority(this.#asked.get(line.lane.key));
  }

  /** The line has taken what it asked for. */
  withdraw(key: string): void {
    const asked = this.#asked.get(key);
    if (asked === undefined) return;
    for (const resource of asked.seqs.keys()) this.#rows.resources.withdraw(asked.taskId, resource);
    this.#asked.delete(key);
  }

  withdrawAll(): void {
    for (const key of [...this.#asked.keys()]) this.withdraw(key);
  }

  /** Brings the rows to what the lines lack now (K1). */
  save(queue: ResourceQueue<RunState>, engineId: number): void {
    if (this.#asked.size === 0 && !this.#hasOthers) return;
    for (const [key, { owner }] of this.#asked) {
      const line = queue.find(key);
      if (line === undefined || line.lacks.size === 0 || !line.owners.has(owner)) this.withdraw(key);
    }
    const order = (): void => queue.order(({ lane }) => getSeniority(this.#asked.get(lane.key))); // K2
    order();
    if (!this.#hasOthers) return;
    for (const line of queue.waiting) if (line.lacks.size > 0) this.#ask(line, engineId);
    order();
  }

  #ask(line: Line<RunState>, engineId: number): void {
    const asked = this.#asked.get(line.lane.key) ?? createAsked(line);
    if (asked === undefined) return;
    this.#asked.set(line.lane.key, asked);
    for (const resource of line.lacks) {
      if (asked.seqs.has(resource)) continue;
      asked.seqs.set(resource, this.#rows.resources.ask(asked.taskId, resource, engineId));
    }
    for (const resource of asked.seqs.keys()) {
      if (line.lacks.has(resource)) continue;
      this.#rows.resources.withdraw(asked.taskId, resource);
      asked.seqs.delete(resource);
    }
  }
}

function getSeniority(asked: Asked | undefined): number {
  return asked === undefined ? LAST : Math.min(LAST, ...asked.seqs.values());
}

function createAsked(line: Line<RunState>): Asked | undefined {
  const [first] = line.owners;
  if (first === undefined) return undefined;
  const [owner, lane] = first;
  const index = owner.lanes[lane]?.peek();
  return index === undefined ? undefined : { owner, taskId: getTaskId(owner.id, index), seqs: new Map() };
}
