/**
 * Who may take of the resources next.
 *
 * Owns: the lines (what waits and takes the same), the order of lines and of the owners (runs) in each. Owns not: the
 * tasks (each run has its own, by rank), what there is of the resources (pools, which the caller reads and changes).
 *
 * Q1 Lines that have waited come first, in the order in which they began to; after each take a line goes to the end, so
 *    that lines of one resource take turns, and so do the owners of a line.
 * Q2 A line that waits keeps what it has lacked: younger ones get only what is left beside it, else small amounts would
 *    starve a large one. A rate comes back by itself, so it is kept only while it is lacking.
 * Q3 What a line does not use it never blocks; nor what it uses while it could not start for want of a place, unless it has
 *    missed several: with both always taken it would never find the two together.
 */
import type { Lane } from "./lane.ts";
import { findFreeAt, type Pool } from "./resource-pool.ts";
import type { SlotClass } from "./slot-class.ts";

export interface Line<Owner> {
  readonly lane: Lane;
  /** In turn; with each the place of the lane in its own plan. */
  readonly owners: Map<Owner, number>;
  /** What it has found lacking since it began to wait; empty: it does not wait. */
  readonly lacks: Set<string>;
  hasPlace: boolean;
  /** How often a place became free for it, and was of no use. */
  chances: number;
}

/** From then on a line keeps what it lacks even while there is no place for it. */
const CHANCES_MAX = 4;

export interface Supply {
  readonly pools: ReadonlyMap<string, Pool>;
  readonly now: number;
  hasPlace(slot: SlotClass): boolean;
  /** True where somebody outside of this queue comes before the line. */
  isBarred(line: Line<unknown>, resource: string): boolean;
}

export class ResourceQueue<Owner> {
  readonly #lines = new Map<string, Line<Owner>>();
  /** In the order of waiting (Q1). */
  readonly #waiting = new Set<Line<Owner>>();
  readonly #fresh = new Set<Line<Owner>>();
  /** When the next rate lets something through; after a search that found nothing. */
  nextAt = Number.POSITIVE_INFINITY;

  get isEmpty(): boolean {
    return this.#lines.size === 0;
  }

  /** The lines that wait, oldest first. */
  get waiting(): Iterable<Line<Owner>> {
    return this.#waiting;
  }

  find(key: string): Line<Owner> | undefined {
    return this.#lines.get(key);
  }

  /** The owner has something in such a lane. One that is in the line keeps its place. */
  add(lane: Lane, owner: Owner, place: number): void {
    let line = this.#lines.get(lane.key);
    if (line === undefined) {
      line = { lane, owners: new Map(), lacks: new Set(), hasPlace: false, chances: 0 };
      this.#lines.set(lane.key, line);
      this.#fresh.add(line);
    }
    if (!line.owners.has(owner)) line.owners.set(owner, place);
  }

  remove(line: Line<Owner>, owner: Owner): void {
    line.owners.delete(owner);
    if (line.owners.size > 0) return;
    this.#lines.delete(line.lane.key);
    this.#waiting.delete(line);
    this.#fresh.delete(line);
  }

  /** The line has taken, or gives its turn up: it goes to the end (Q1). */
  sendBack(line: Line<Owner>): void {
    line.lacks.clear();
    line.chances = 0;
    this.#waiting.delete(line);
    this.#fresh.delete(line);
    if (this.#lines.get(line.lane.key) === line) this.#fresh.add(line);
  }

  /** Brings the lines that wait into another order: the lowest first, equal ones as they were. */
  order(rankOf: (line: Line<Owner>) => number): void {
    const lines = [...this.#waiting];
    if (lines.every((line, at) => at === 0 || rankOf(lines[at - 1] as Line<Owner>) <= rankOf(line))) return;
    this.#waiting.clear();
    for (const line of lines.sort((one, other) => rankOf(one) - rankOf(other))) this.#waiting.add(line);
  }

  /** The line that may take now. O(lines). */
  findNext(supply: Supply): Line<Owner> | undefined {
    const reserved = new Map<string, number>();
    this.nextAt = Number.POSITIVE_INFINITY;
    for (const line of this.#waiting) if (this.#mayTake(line, supply, reserved)) return line;
    for (const line of [...this.#fresh]) if (this.#mayTake(line, supply, reserved)) return line;
    return undefined;
  }

  /** Notes what the line lacks, and keeps it for it (Q2). */
  #mayTake(line: Line<Owner>, supply: Supply, reserved: Map<string, number>): boolean {
    const hasPlace = supply.hasPlace(line.lane.slot);
    if (hasPlace && !line.hasPlace) line.chances++;
    line.hasPlace = hasPlace;
    if (!hasPlace && line.chances <= CHANCES_MAX) {
      line.lacks.clear(); // it waits for a place, not for a resource (Q3)
      return false;
    }
    const ratesLacking = new Set<string>();
    let isFree = hasPlace;
    for (const { resource, amount } of line.lane.uses) {
      const pool = supply.pools.get(resource);
      if (pool === undefined) continue; // nobody limits it
      const freeAt = findFreeAt(pool, amount, reserved.get(resource) ?? 0, supply.now);
      if (freeAt <= supply.now && !supply.isBarred(line, resource)) continue;
      isFree = false;
      if (pool.kind === "rate") ratesLacking.add(resource);
      this.#noteLack(line, resource);
      if (freeAt > supply.now) this.nextAt = Math.min(this.nextAt, freeAt);
    }
    if (isFree) return true;
    for (const { resource, amount } of line.lane.uses) {
      if (!line.lacks.has(resource)) continue;
      if (supply.pools.get(resource)?.kind === "rate" && !ratesLacking.has(resource)) line.lacks.delete(resource);
      else reserved.set(resource, (reserved.get(resource) ?? 0) + amount);
    }
    return false;
  }

  #noteLack(line: Line<Owner>, resource: string): void {
    line.lacks.add(resource);
    if (!this.#fresh.delete(line)) return;
    this.#waiting.add(line);
  }
}
