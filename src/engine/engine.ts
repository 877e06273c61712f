/**
 * A process that executes runs.
 *
 * Owns: its lock, its row, its pulse, and the loop's life. Owns not: what a turn does (loop).
 *
 * E1 The lock is held before the row is written, and let go after the row has ended.
 * E2 Starting twice and stopping twice does no harm; stopping waits for what runs.
 */
import type { EngineLock, WakeSource } from "../core/ports.ts";
import { getRows, type Rows } from "../store/rows.ts";
import { isBusy } from "../store/translate-sqlite-error.ts";
import { assertInPlace, createStoppedError } from "./engine-errors.ts";
import { type EngineParts, POLL_IDLE_MS, POLL_OWNED_MS, PULSE_MS } from "./engine-parts.ts";
import { Loop } from "./loop.ts";
import { News } from "./news.ts";
import type { RunListener } from "./owned-runs.ts";
import type { PlanCache } from "./plan-cache.ts";
import type { ControlScope } from "./raise-intent.ts";
import { giveBackRuns, requeueLostRuns } from "./recover-engines.ts";
import { registerMachine } from "./register-resources.ts";
import type { Submission } from "./submission.ts";
import { submitInTurn } from "./submit-in-turn.ts";

type Phase = "new" | "live" | "draining" | "ended";
type Callbacks = { resolve: (runId: number) => void; reject: (error: unknown) => void };

export class Engine {
  readonly #parts: EngineParts;
  readonly #rows: Rows;
  readonly #loop: Loop;
  readonly #news = new News();
  #lock: EngineLock | undefined;
  #wake: WakeSource | undefined;
  #engineId = 0;
  #commitCount = 0;
  #phase: Phase = "new";
  readonly #watchers = new Set<(error: Error) => void>();
  #keepAlive: NodeJS.Timeout | undefined;
  #starting: Promise<void> | undefined;
  #stopped: Promise<void> | undefined;

  constructor(parts: EngineParts) {
    this.#parts = { ...parts, onTurn: (runIds) => this.#handleTurn(runIds, parts.onTurn) };
    this.#rows = getRows(parts.store);
    this.#loop = new Loop({ parts: this.#parts, rows: this.#rows, onFatal: (error) => this.#die(error) });
  }

  get id(): number {
    return this.#engineId;
  }

  get plans(): PlanCache {
    return this.#loop.plans;
  }

  /** Takes its lock, writes its row, looks for engines that are gone, and begins to turn. One that cannot has ended. */
  async start(): Promise<void> {
    if (this.#phase !== "new") return; // E2
    this.#phase = "live";
    this.#starting = this.#begin()
      .catch((error: Error) => {
        this.#end(error);
        this.#lock?.release();
        throw error;
      })
      .finally(() => {
        this.#starting = undefined;
      });
    await this.#starting;
  }

  async #begin(): Promise<void> {
    const { locks, ambient, identity, store } = this.#parts;
    this.#lock = locks.acquire(this.#parts.uid ?? ambient.newUid()); // E1
    const lockFile = this.#lock.name;
    this.#engineId = await store.writeTransaction(() => {
      const startedAt = ambient.clock.now();
      if (this.#parts.machine !== undefined) registerMachine(this.#rows, this.#parts.machine, startedAt);
      return this.#rows.engines.insert({ ...identity, lockFile, startedAt });
    });
    this.#loop.open(this.#engineId);
    await this.#recoverOthers();
    this.#wake = this.#parts.createWakeSource?.({
      onHint: () => this.hint(),
      pollEveryMs: () => (this.#loop.owned.states.size > 0 ? POLL_OWNED_MS : POLL_IDLE_MS),
      countOwnCommits: () => this.#commitCount,
    });
    this.#wake?.start();
    this.#pulse();
    this.#loop.noteRequests();
  }

  /** Starts a run of its own; resolves with its number once that is committed. */
  submit(submission: Submission): Promise<number> {
    return this.#ask((callbacks) => this.#loop.inbox.addSubmission({ ...callbacks, value: submission }));
  }

  /** The same at once, in a transaction of its own. */
  submitNow(submission: Submission): number {
    if (this.#phase !== "live") throw createStoppedError();
    return submitInTurn(this.#loop, submission);
  }

  /** Takes up a run that nobody executes. Rejects with `ConflictError` where that cannot be. */
  async takeUp(runId: number): Promise<number> {
    if (this.#phase === "live") await this.#recoverOthers(); // what its dead engine left alive ends first
    return await this.#ask((callbacks) => this.#loop.inbox.addTakeUp({ ...callbacks, value: runId }));
  }

  /** True while this engine executes the run. */
  owns(runId: number): boolean {
    return this.#loop.owned.states.has(runId) || this.#loop.owned.stale.has(runId);
  }

  /**
   * Calls back with each status that a run takes, whoever executes it, and once with why no more can come: this engine
   * has stopped. Returns what ends it.
   */
  watch(runId: number, listener: RunListener, onEnd: (error: Error) => void = () => {}): () => void {
    const unwatch = this.#loop.owned.watch(runId, listener);
    if (this.#phase === "ended") onEnd(createStoppedError());
    this.#watchers.add(onEnd);
    return () => {
      unwatch();
      this.#watchers.delete(onEnd);
    };
  }

  /** Resolves after the next turn, or change by others, or with the first abort. */
  awaitNews(signals: readonly AbortSignal[]): Promise<void> {
    return this.#news.next(signals);
  }

  /** True while nothing runs and nothing waits for a turn: only time or a person can bring more. */
  get isQuiet(): boolean {
    return this.#loop.inbox.isEmpty && this.#loop.dispatcher.liveCount === 0;
  }

  /** True while it is quiet and executes no run. */
  get isIdle(): boolean {
    return this.isQuiet && this.#loop.owned.isEmpty;
  }

  /** Something may have been written by others. */
  hint(): void {
    this.#loop.hint();
  }

  /** Something was written by this process, beside the loop. */
  noteRequests(): void {
    this.#loop.noteRequests();
  }

  /**
   * Starts nothing new, tells what runs to end within its grace, waits for it, and gives its runs back: detached ones to
   * any engine, foreground ones to `resume`. Nothing is lost.
   */
  stop(): Promise<void> {
    this.#stopped ??= this.#drainAndEnd();
    return this.#stopped;
  }

  #ask(add: (callbacks: Callbacks) => void): Promise<number> {
    return new Promise((resolve, reject) => {
      if (this.#phase !== "live") return reject(createStoppedError());
      add({ resolve, reject });
      this.#loop.requestTurn();
    });
  }

  #handleTurn(runIds: readonly number[], onTurn: EngineParts["onTurn"]): void {
    if (runIds.length > 0) this.#commitCount++;
    this.#news.announce();
    this.#keepProcessAlive();
    onTurn?.(runIds);
  }

  /** Looks at its own lock, at the place of its database, and at the locks of the others. */
  #pulse(): void {
    this.#loop.timers.after(this.#parts.pulseEveryMs ?? PULSE_MS, () => {
      if (this.#phase === "ended") return;
      this.#recoverOthers().then(
        () => this.#pulse(),
        (error: Error) => (isBusy(error) ? this.#pulse() : this.#die(error)),
      );
    });
  }

  async #recoverOthers(): Promise<void> {
    const { locks, killSurvivors, store } = this.#parts;
    assertInPlace(this.#lock, store); // one whose file was taken away recovers nobody
    for (const other of this.#rows.engines.listOthers(this.#engineId)) {
      if (locks.probe(other.lockFile) === "alive") continue;
      await killSurvivors?.(other.lockFile);
      if (this.#phase === "ended") return;
      await store.writeTransaction(() => requeueLostRuns(this.#scope, other.id));
      locks.remove(other.lockFile);
      this.#loop.noteRequests();
    }
  }

  get #scope(): ControlScope {
    const { locks, ambient } = this.#parts;
    return { rows: this.#rows, plans: this.plans, locks, now: () => ambient.clock.now() };
  }

  #keepProcessAlive(): void {
    if (this.#phase === "ended") return;
    this.#keepAlive ??= setInterval(() => {}, 2 ** 30);
    if (this.#loop.owned.states.size > 0) this.#keepAlive.ref();
    else this.#keepAlive.unref(); // a new timer for each run would cost more than its turn
  }

  async #drainAndEnd(): Promise<void> {
    if (this.#starting !== undefined) await this.#starting.catch(() => {}); // it would write its row after all
    if (this.#isEnded()) return;
    const wasLive = this.#phase === "live";
    this.#phase = "draining";
    this.#loop.inbox.refuseAll(createStoppedError());
    if (wasLive) await this.#loop.drain();
    await this.#parts.runner.close();
    try {
      if (wasLive && !this.#isEnded()) await this.#giveBackAndEnd();
    } finally {
      this.#end(createStoppedError());
      this.#lock?.release();
    }
  }

  #isEnded(): boolean {
    return this.#phase === "ended";
  }

  async #giveBackAndEnd(): Promise<void> {
    const { store, locks } = this.#parts;
    await store.writeTransaction(() => giveBackRuns(this.#scope, this.#engineId, this.#loop.owned.states));
    this.#lock?.release();
    if (this.#lock !== undefined) locks.remove(this.#lock.name);
  }

  #end(error: Error): void {
    this.#phase = "ended";
    this.#loop.close();
    this.#wake?.stop();
    clearInterval(this.#keepAlive);
    for (const tell of this.#watchers) tell(error);
    this.#watchers.clear();
    this.#news.announce();
  }

  #die(error: Error): void {
    if (this.#phase === "ended") return;
    this.#loop.dispatcher.stopAll();
    this.#loop.inbox.refuseAll(error);
    this.#end(error);
    // Others run its tasks again once its lock is free: not before what still runs here is dead.
    void this.#parts.runner.close().finally(() => this.#lock?.release());
    this.#parts.onFatal?.(error);
  }
}
