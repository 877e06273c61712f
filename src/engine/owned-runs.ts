import { canClaim } from "../core/claim.ts";
import type { RunState } from "../core/run-state.ts";
import type { RunStatus } from "../core/run-status.ts";
import { QueueCursor } from "./queue-cursor.ts";

/** `state`: what is in memory of the run, where this engine executed it. */
export type RunListener = (status: RunStatus, state?: RunState) => void;

/**
 * The runs that this engine owns, in memory, and who waits for them.
 *
 * O1 A run is in `states` exactly while its row says `running` under this engine. Where its last transaction threw it
 *    stands in `stale` instead, to be read again by the next one; where that is of no use, in `doomed`.
 */
export class OwnedRuns {
  readonly states = new Map<number, RunState>();
  /** To be read again, because a transaction that had changed them in memory has thrown. */
  readonly stale = new Set<number>();
  /** To fail once their attempts are dead (bad-runs.ts), each with why. */
  readonly doomed = new Map<number, Error>();
  readonly queue: QueueCursor;
  /** Checkpoints up to this row were looked at for questions of programs. */
  askCursor = 0;
  /** Runs with ready tasks, in the order of their turn: who was served goes to the end. */
  readonly #claimable = new Set<RunState>();
  readonly #waiters = new Map<number, Set<RunListener>>();

  /** @param tasksMax for tests: of how many tasks runs are in memory before others stay queued */
  constructor(tasksMax?: number) {
    this.queue = new QueueCursor(tasksMax);
  }

  get isEmpty(): boolean {
    return this.states.size + this.stale.size + this.doomed.size === 0;
  }

  keep(state: RunState): void {
    this.states.set(state.id, state);
  }

  /** The run has ended, waits, or belongs to somebody else. */
  drop(state: RunState): void {
    this.states.delete(state.id);
    this.stale.delete(state.id);
    this.#claimable.delete(state);
  }

  /** What is in memory of it is not to be trusted. */
  invalidate(state: RunState): void {
    if (this.states.delete(state.id)) this.stale.add(state.id);
    this.#claimable.delete(state);
  }

  /** Something of ours is wrong with it. The first reason stays. */
  doom(runId: number, error: Error): void {
    const state = this.states.get(runId);
    if (state !== undefined) this.drop(state);
    this.stale.delete(runId);
    if (!this.doomed.has(runId)) this.doomed.set(runId, error);
  }

  noteClaimable(state: RunState): void {
    if (canClaim(state, "function") || canClaim(state, "command")) this.#claimable.add(state);
  }

  /** Takes the runs with ready tasks in turn: `serve` returns false when a run has nothing to give. */
  serveInTurn(hasRoom: () => boolean, serve: (state: RunState) => boolean): void {
    let isServed = true;
    while (isServed && this.#claimable.size > 0) {
      isServed = false;
      for (const state of [...this.#claimable]) {
        if (!hasRoom()) return;
        this.#claimable.delete(state);
        if (serve(state)) isServed = true;
        this.noteClaimable(state); // it may wait for a place of the other class: then it keeps its turn
      }
    }
  }

  /** Serves one run, the first in turn that has something to give; false where none has. */
  serveOne(serve: (state: RunState) => boolean): boolean {
    let left = this.#claimable.size;
    for (const state of this.#claimable) {
      if (left-- === 0) return false; // from here on they have had their turn
      this.#claimable.delete(state);
      const isServed = serve(state);
      this.noteClaimable(state);
      if (isServed) return true;
    }
    return false;
  }

  /** Calls back once with each status that the run takes; the function that is returned ends it. */
  watch(runId: number, listener: RunListener): () => void {
    const listeners = this.#waiters.get(runId) ?? new Set();
    listeners.add(listener);
    this.#waiters.set(runId, listeners);
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#waiters.delete(runId);
    };
  }

  announce(runId: number, status: RunStatus, state?: RunState): void {
    for (const listener of this.#waiters.get(runId) ?? []) listener(status, state);
  }

  /** Who waits for runs that this engine does not own is told what they are now. */
  tellWatchersElsewhere(findStatus: (runId: number) => RunStatus | undefined): void {
    for (const runId of [...this.#waiters.keys()]) {
      if (this.states.has(runId) || this.stale.has(runId) || this.doomed.has(runId)) continue;
      const status = findStatus(runId);
      if (status !== undefined) this.announce(runId, status);
    }
  }
}
