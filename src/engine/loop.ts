/**
 * The loop (DESIGN 4): submissions, outcomes, claims and what others want are decided and written in turns, one
 * transaction each.
 *
 * Owns: the inbox, the runs in memory, the timers. Owns not: deciding (core), rows (store), attempts (dispatcher,
 * runner), the engine's lock and life (engine).
 *
 * L1 Nothing that the outside sees happens before COMMIT has returned: claims are dispatched, callers answered, attempts
 *    canceled and watchers told afterwards. After a throw the touched runs are dropped and read again.
 * L2 What a turn has taken in is put back when its transaction throws.
 * L3 A turn comes once in a round of the event loop, or sooner where nothing else is under way (turn-pace.ts).
 */
import type { RunState } from "../core/run-state.ts";
import type { RunStatus } from "../core/run-status.ts";
import type { Rows } from "../store/rows.ts";
import { BadRuns, FAIL_AGAIN_MS } from "./bad-runs.ts";
import { Dispatcher } from "./dispatcher.ts";
import type { EngineParts } from "./engine-parts.ts";
import { FullDisk } from "./full-disk.ts";
import { countBatch, Inbox, listRunIds } from "./inbox.ts";
import { Outside } from "./outside.ts";
import { OwnedRuns } from "./owned-runs.ts";
import { PlanCache } from "./plan-cache.ts";
import { ResourceDesk } from "./resource-desk.ts";
import { armTimers, Timers } from "./timers.ts";
import { runTurn } from "./turn.ts";
import { TurnPace } from "./turn-pace.ts";
import type { Batch, TurnResult, TurnScope } from "./turn-scope.ts";
import { BadRunError, judgeTrouble } from "./turn-trouble.ts";

export interface LoopOptions {
  readonly parts: EngineParts;
  readonly rows: Rows;
  /** The loop cannot go on. */
  readonly onFatal: (error: Error) => void;
}

export class Loop {
  readonly inbox = new Inbox();
  readonly owned: OwnedRuns;
  readonly plans: PlanCache;
  readonly dispatcher: Dispatcher;
  readonly timers: Timers;
  readonly #desk: ResourceDesk;
  readonly #bad: BadRuns;
  readonly #options: LoopOptions;
  readonly #outside: Outside;
  #engineId = 0;
  #state: "closed" | "claiming" | "draining" = "closed";
  readonly #pace: TurnPace;
  #isCareful = false;
  #hasOutcomes = false;
  readonly #disk = new FullDisk();
  #onIdle: (() => void) | undefined;

  constructor(options: LoopOptions) {
    const { parts, rows } = options;
    this.#options = options;
    this.owned = new OwnedRuns(parts.tasksMax);
    this.plans = new PlanCache(rows, parts.machine);
    this.timers = new Timers(parts.ambient.clock);
    this.#pace = new TurnPace(this.timers, () => {
      if (this.#state !== "closed") this.turn();
    });
    this.#desk = new ResourceDesk(rows, this.timers, () => this.requestTurn());
    this.dispatcher = new Dispatcher(parts.runner, parts.places, (arrival) => {
      this.inbox.addArrival(arrival);
      if (this.#state === "closed") return;
      if (this.inbox.arrivalCount === this.dispatcher.liveCount)
        this.#pace.requestSoon(); // L3
      else this.#pace.request();
    });
    const { plans, owned, dispatcher, timers } = this;
    const onNews = (): void => this.noteRequests();
    this.#outside = new Outside({ store: parts.store, rows, owned, timers, onNews, onFatal: options.onFatal });
    this.#bad = new BadRuns({ parts, rows, plans, owned, dispatcher });
  }

  open(engineId: number): void {
    this.#engineId = engineId;
    this.#state = "claiming";
  }

  /** Claims nothing more, and resolves when the last attempt's outcome is recorded. */
  async drain(): Promise<void> {
    this.#state = "draining";
    this.dispatcher.stopAll();
    this.#desk.drain();
    if (this.dispatcher.liveCount === 0) return;
    await new Promise<void>((resolve) => {
      this.#onIdle = resolve;
    });
  }

  close(): void {
    this.#state = "closed";
    this.timers.close();
    this.#onIdle?.();
  }

  /** Another connection may have committed: looks, and turns if it has. */
  hint(): void {
    if (this.#state === "closed" || this.#pace.isDue) return; // a turn looks itself
    if (this.#outside.hasNews()) this.noteRequests();
  }

  noteRequests(): void {
    this.inbox.noteRequests();
    this.requestTurn();
  }

  requestTurn(): void {
    if (this.#state !== "closed") this.#pace.request();
  }

  /** One turn, now. Returns what its transaction threw; that was dealt with. */
  turn(): unknown {
    const now = this.#options.parts.ambient.clock.now();
    const batch = this.inbox.take(this.#isCareful);
    let { hasRequests } = batch;
    this.#hasOutcomes = batch.arrivals.length + batch.due.length > 0;
    const touched = new Set<RunState>();
    let result: TurnResult;
    try {
      result = this.#options.parts.store.transaction(() => {
        if (this.#outside.takeNews()) hasRequests = true;
        return runTurn(this.#scope, { ...batch, hasRequests }, touched, now);
      });
    } catch (thrown) {
      this.#handleTrouble(thrown, batch, touched, now);
      return thrown;
    }
    this.#afterCommit({ ...batch, hasRequests }, result);
    return undefined;
  }

  get #scope(): TurnScope {
    return {
      parts: this.#options.parts,
      rows: this.#options.rows,
      plans: this.plans,
      owned: this.owned,
      dispatcher: this.dispatcher,
      desk: this.#desk,
      engineId: this.#engineId,
      // On a full disk outcomes go first; a claim is tried only where nothing else would show that there is space again.
      mayClaim: this.#state === "claiming" && !(this.#disk.isFull && this.#hasOutcomes),
    };
  }

  #afterCommit(batch: Batch, result: TurnResult): void {
    this.plans.confirmCommitted();
    if (this.#disk.isFull && result.hasWritten) {
      this.#disk.clear();
      this.requestTurn(); // to claim what had to wait
    }
    for (const { ticket } of batch.arrivals) this.dispatcher.forget(ticket);
    for (const state of result.touched) this.#settleAfterCommit(state, result.before.get(state));
    for (const answer of result.answers) answer();
    this.dispatcher.dispatchAll(result.claims);
    if (!this.inbox.isEmpty) this.requestTurn();
    else this.#isCareful = false;
    if (this.owned.stale.size > 0) this.requestTurn();
    if (this.owned.queue.looksOn(this.owned.states.size)) this.noteRequests();
    this.#outside.lookAround(batch.hasRequests, result.opensGates);
    this.#desk.arm();
    this.#options.parts.onTurn?.([...result.touched].map((state) => state.id));
    this.#failDoomed();
    if (this.dispatcher.liveCount === 0) this.#onIdle?.();
  }

  #settleAfterCommit(state: RunState, before: RunStatus | undefined): void {
    if (state.status !== "running") {
      this.owned.drop(state);
      this.dispatcher.forgetRun(state.id);
    } else if (state.intent === "cancel") this.dispatcher.cancelRun(state.id);
    armTimers(state, this.timers, (due) => {
      this.inbox.addDue(due);
      this.requestTurn();
    });
    if (state.status !== before) this.owned.announce(state.id, state.status, state);
  }

  #handleTrouble(thrown: unknown, batch: Batch, touched: ReadonlySet<RunState>, now: number): void {
    this.inbox.putBack(batch); // L2
    this.plans.forgetUncommitted();
    this.#outside.putBack();
    this.owned.queue.position = 0;
    this.#desk.invalidate(touched);
    for (const state of touched) this.owned.invalidate(state); // L1
    const trouble = judgeTrouble(thrown);
    switch (trouble.kind) {
      case "busy":
        return this.#pace.holdUp(5 + 20 * this.#options.parts.ambient.chance());
      case "full":
        return this.#waitForSpace(now, trouble.error);
      case "lost":
        this.owned.stale.delete(trouble.runId);
        this.dispatcher.cancelRun(trouble.runId);
        return this.requestTurn();
      case "fatal":
        return this.#options.onFatal(trouble.error);
      case "bad":
        return this.#isolateBad(batch, touched, trouble.error, now);
    }
  }

  /** Each outcome alone; the one that throws alone fails its run. */
  #isolateBad(batch: Batch, touched: ReadonlySet<RunState>, error: Error, now: number): void {
    const size = countBatch(batch);
    const blamed = error instanceof BadRunError ? [error.runId] : this.#bad.find(touched, now);
    const known = blamed.filter((runId) => this.#options.rows.runs.find(runId) !== undefined);
    if (known.length > 0) return this.#failBadRuns(known, error);
    if (!this.#isCareful && size > 1) {
      this.#isCareful = true;
      return this.requestTurn();
    }
    const alone = this.inbox.take(this.#isCareful);
    for (const pending of [...alone.submissions, ...alone.takeUps]) pending.reject(error);
    for (const { ticket } of alone.arrivals) this.dispatcher.forget(ticket);
    if (size === 0) return this.#options.onFatal(error);
    this.#failBadRuns(listRunIds(alone), error);
  }

  #failBadRuns(runIds: Iterable<number>, error: Error): void {
    for (const runId of runIds) this.#bad.doom(runId, error);
    this.#failDoomed();
    this.requestTurn();
  }

  #failDoomed(): void {
    if (this.owned.doomed.size === 0) return;
    try {
      const done = this.#bad.failDead();
      if (done === "some") this.noteRequests(); // their parents and their children learn of it
      if (done === "later") this.#pace.holdUp(FAIL_AGAIN_MS);
    } catch (again) {
      this.#options.onFatal(again as Error);
    }
  }

  #waitForSpace(now: number, error: Error): void {
    this.#isCareful = true;
    if (!this.#disk.isFull) this.#options.parts.onFullDisk?.(error);
    const waitMs = this.#disk.noteTry(now);
    if (waitMs !== undefined) return this.#pace.holdUp(waitMs);
    this.#options.onFatal(error);
  }
}
