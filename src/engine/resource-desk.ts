/**
 * Which of this engine's ready tasks may take of the resources next.
 *
 * Owns: the lines of its runs, what they hold, what they ask of other engines, and whose turn it is. Owns not: the order
 * among the lines (core/resource-queue), the ready tasks (each run's own), the rows.
 *
 * H3 Beside other engines, a line that waits has a row that asks for what it lacks. Who asked first comes first, over all
 *    engines: without it one that settles and claims in one transaction would never leave anything to the others.
 * H4 Each second place of the engine goes to a task that uses resources, where there are both kinds: neither keeps the
 *    other from running.
 */
import { type Claimed, canClaimLane, claimNext, claimNextInLane } from "../core/claim.ts";
import { type Line, ResourceQueue } from "../core/resource-queue.ts";
import type { RunState } from "../core/run-state.ts";
import type { SlotClass } from "../core/slot-class.ts";
import type { Rows } from "../store/rows.ts";
import { Alarm, type AlarmClock } from "./alarm.ts";
import type { OwnedRuns } from "./owned-runs.ts";
import { ResourceAsks } from "./resource-asks.ts";
import { ResourceHolds } from "./resource-holds.ts";

/** What a wave of claims gives the desk to do. */
export interface LaneWave {
  readonly owned: OwnedRuns;
  readonly now: number;
  hasRoom(): boolean;
  hasPlace(slot: SlotClass): boolean;
  servePlain(state: RunState): boolean;
  keep(claim: Claimed): true;
}

export class ResourceDesk {
  readonly #queue = new ResourceQueue<RunState>();
  readonly #holds: ResourceHolds;
  readonly #asks: ResourceAsks;
  readonly #alarm: Alarm;
  readonly #onDue: () => void;
  #engineId = 0;
  #mustRead = true;
  #isStale = false;
  #isLanesTurn = false;
  #isDraining = false;

  constructor(rows: Rows, timers: AlarmClock, onDue: () => void) {
    this.#holds = new ResourceHolds(rows);
    this.#asks = new ResourceAsks(rows);
    this.#alarm = new Alarm(timers, onDue);
    this.#onDue = onDue;
  }

  /** True while no ready task of this engine uses anything. */
  get isIdle(): boolean {
    return this.#queue.isEmpty;
  }

  /** The transaction has thrown: what is in memory is not to be trusted. */
  invalidate(touched: Iterable<RunState>): void {
    this.#isStale = true;
    this.#mustRead = true;
    this.#asks.forget();
    for (const state of touched) {
      for (const { key } of state.plan.lanes?.lanes ?? []) this.#leave(key, state);
    }
  }

  /** Nothing is claimed any more: what waits asks nothing of others, from the next turn on. */
  drain(): void {
    this.#isDraining = true;
    if (!this.isIdle) this.#onDue();
  }

  /** Others have written, or a definition has: pools are read before they are looked at. */
  noteRequests(): void {
    this.#mustRead = true;
  }

  /** What has ended gives back what it held, and what is ready gets into line. In the transaction, before the claims. */
  settle(touched: Iterable<RunState>, owned: Pick<OwnedRuns, "states" | "doomed">, engineId: number): void {
    this.#engineId = engineId;
    if (this.#isStale) this.#holds.readHeld(this.#engineId, owned);
    this.#isStale = false;
    this.#queue.nextAt = Number.POSITIVE_INFINITY; // unless a search of this turn says otherwise: none is made while draining
    for (const state of touched) {
      if (state.plan.lanes === null) continue;
      this.#holds.release(state);
      if (!state.hasTaskRows) this.#mustRead = true; // it may have brought resources along
      for (const [place, lane] of state.plan.lanes.lanes.entries()) {
        if (canClaimLane(state, place)) this.#queue.add(lane, state, place);
        else this.#leave(lane.key, state);
      }
    }
  }

  /** The runs and the lines in turn (H4). */
  serveInTurn(wave: LaneWave): void {
    for (let misses = 0; misses < 2 && wave.hasRoom(); ) {
      this.#isLanesTurn = !this.#isLanesTurn;
      const isServed = this.#isLanesTurn
        ? this.#serveLine(wave)
        : wave.owned.serveOne((state) => this.#serveOwnLine(wave, state) || wave.servePlain(state));
      misses = isServed ? 0 : misses + 1;
    }
    if (!wave.hasRoom()) this.#findNext(wave); // what there is no place for gives up what it kept
  }

  /** Writes what was taken, and what is asked of others: once the rows of the tasks are there. */
  save(): void {
    this.#holds.save(this.#engineId);
    if (this.#isDraining) this.#asks.withdrawAll();
    else this.#asks.save(this.#queue, this.#engineId);
  }

  /** After the commit: comes back when a rate lets through what could not start now. */
  arm(): void {
    this.#alarm.set(this.#queue.isEmpty ? Number.POSITIVE_INFINITY : this.#queue.nextAt);
  }

  #serveLine(wave: LaneWave): boolean {
    for (;;) {
      const line = this.#findNext(wave);
      const [first] = line?.owners ?? [];
      if (line === undefined || first === undefined) return false;
      if (this.#claim(wave, line, ...first)) return true;
    }
  }

  /** What the run has in line goes before its tasks that use nothing, where it comes first in the run and in the line. */
  #serveOwnLine(wave: LaneWave, state: RunState): boolean {
    if (state.lanes.length === 0) return false;
    const line = this.#findNext(wave);
    const [first] = line?.owners ?? [];
    if (line === undefined || first === undefined || first[0] !== state) return false;
    return findOutranking(state, first[1], wave) === undefined && this.#claim(wave, line, ...first);
  }

  #findNext({ now, hasPlace }: LaneWave): Line<RunState> | undefined {
    if (this.#mustRead) {
      this.#holds.readPools();
      this.#asks.read(this.#engineId);
    }
    this.#mustRead = false;
    const isBarred = (line: Line<unknown>, resource: string): boolean => this.#asks.isBarred(line, resource);
    return this.#queue.findNext({ pools: this.#holds.pools, now, hasPlace, isBarred });
  }

  #claim(wave: LaneWave, line: Line<RunState>, state: RunState, place: number): boolean {
    const slot = findOutranking(state, place, wave);
    const plain = slot === undefined ? undefined : claimNext(state, slot, wave.now);
    if (plain !== undefined && slot !== undefined) return wave.keep({ state, node: plain, slot });
    const node = claimNextInLane(state, place, wave.now);
    this.#queue.remove(line, state);
    if (node === undefined) return false; // it gets into line again when it has something, and room
    this.#holds.take(state, node, line.lane.uses, wave.now);
    this.#asks.withdraw(line.lane.key);
    this.#queue.sendBack(line);
    if (canClaimLane(state, place)) this.#queue.add(line.lane, state, place);
    return wave.keep({ state, node, slot: line.lane.slot });
  }

  #leave(key: string, state: RunState): void {
    const line = this.#queue.find(key);
    if (line !== undefined) this.#queue.remove(line, state);
  }
}

/** The class in which the run has a task that uses nothing, could start, and goes before the first one in line. */
function findOutranking(state: RunState, place: number, { hasPlace }: LaneWave): SlotClass | undefined {
  const { rank } = state.plan;
  const first = state.lanes[place]?.peek();
  const isBefore = (slot: SlotClass): boolean => {
    const top = state.ready[slot].peek();
    if (top === undefined || !hasPlace(slot)) return false;
    return first === undefined || (rank[top] as number) < (rank[first] as number);
  };
  if (isBefore("function")) return "function";
  return isBefore("command") ? "command" : undefined;
}
