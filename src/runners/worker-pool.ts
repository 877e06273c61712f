/**
 * Owns the worker processes: starts them as they are needed, spreads attempts over them, replaces what is worn, stuck or
 * has old code, and says of what died who it was.
 *
 * P1: an attempt that must be alone gets a worker that never ran another and never will.
 * P2: when a worker dies with one attempt, that attempt crashed; with several, or by a signal that others send, all are
 *     interrupted, and run again alone.
 * P3: a worker that has loaded older code takes nothing more.
 * P4: an attempt goes to a worker that has loaded its file; it waits for another one to load it only where none has.
 */
import { COMMANDS_PER_CORE_MAX } from "../core/limits.ts";
import type { Clock } from "../core/ports.ts";
import type { ConfigSource } from "../definition/config/config.ts";
import { AttemptQueue } from "./attempt-queue.ts";
import { areFull, countShared, findRoom, findSpare, isLoadedIn } from "./choose-seat.ts";
import type { WorkflowModule } from "./describe-module.ts";
import type { HeldAttempt } from "./held-attempt.ts";
import { Patience } from "./patience.ts";
import { type WorkerDeath, WorkerLink } from "./worker-link.ts";
import { findProgram, type WorkerOrder, type WorkerReport } from "./worker-protocol.ts";
import { type Question, WorkerSeat } from "./worker-seat.ts";

/** All functions that an engine runs at once fit into so many workers. */
const WORKERS_MAX = 10;
/** After so many that died at their start, the next would, too. */
const FAILED_STARTS_MAX = 3;

export interface WorkerPoolOptions {
  readonly clock: Clock;
  readonly cores: number;
  readonly engineUid: string;
  readonly config?: ConfigSource | undefined;
  readonly findModule: (hash: string) => WorkflowModule | undefined;
  readonly onEnd: (seat: WorkerSeat, report: Extract<WorkerReport, { t: "end" }>) => void;
  readonly onGone: (seat: WorkerSeat, death: WorkerDeath) => void;
  /** No worker can be started. */
  readonly onUnable: (waiting: readonly HeldAttempt[], death: WorkerDeath) => void;
}

export class WorkerPool {
  readonly seats = new Set<WorkerSeat>();
  readonly #options: WorkerPoolOptions;
  readonly #shared = new AttemptQueue();
  readonly #alone = new AttemptQueue();
  readonly #patience: Patience;
  #closed = false;
  /** Workers in a row that died before they were ready. */
  #failedStarts = 0;

  constructor(options: WorkerPoolOptions) {
    this.#options = options;
    this.#patience = new Patience(options.clock, {
      countWaiting: () => this.#shared.size,
      isStarting: () => [...this.seats].some((seat) => !seat.ready && !seat.exclusive && seat.isOpen),
      onOver: (isGone) => {
        if (isGone && !this.#closed) this.#startMore();
        this.pump();
      },
    });
  }

  /** Starts a worker, unless there is one. */
  warm(): void {
    if (countShared(this.seats) === 0) this.start();
  }

  enqueue(attempt: HeldAttempt): void {
    (attempt.isAlone ? this.#alone : this.#shared).add(attempt);
    this.pump();
  }

  /** True if it was still waiting. */
  removeQueued(attempt: HeldAttempt): boolean {
    return this.#shared.remove(attempt) || this.#alone.remove(attempt);
  }

  takeQueue(): readonly HeldAttempt[] {
    return [...this.#shared.takeAll(), ...this.#alone.takeAll()];
  }

  /** Asks one worker that has loaded nothing yet, if `fresh`, else any. */
  ask(order: (id: number) => WorkerOrder, id: number, question: Question, fresh: boolean): WorkerSeat {
    const message = order(id);
    const { hash, workflow } = findProgram(message);
    const fit = [...this.seats].filter((seat) => seat.isOpen && !seat.exclusive && !(fresh && seat.touched));
    const seat = fit.find((each) => each.hasLoaded(hash)) ?? fit[0] ?? this.start();
    if (fresh) seat.touched = true;
    seat.questions.set(id, question);
    if (hash !== "") this.#bind(seat, hash, workflow);
    seat.link.send(message);
    return seat;
  }

  /** P3 */
  retireOlder(newest: WorkerSeat | undefined): void {
    for (const seat of this.seats) if (seat !== newest && seat.touched) this.retire(seat);
  }

  retire(seat: WorkerSeat): void {
    seat.retiring = true;
    if (seat.isIdle) seat.link.kill();
  }

  /** Call when a worker may have become idle. */
  settleSeat(seat: WorkerSeat): void {
    if (seat.isWorn && !seat.retiring) this.#replace(seat);
    if (seat.isIdle && (seat.retiring || seat.exclusive)) this.retire(seat);
    const spare = this.#shared.size === 0 ? findSpare(this.seats, this.#options.cores) : undefined;
    if (spare !== undefined) this.retire(spare);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#patience.close();
    const gone = [...this.seats].map((seat) => seat.link.gone);
    for (const seat of this.seats) seat.link.kill();
    await Promise.all(gone);
  }

  start(): WorkerSeat {
    const { clock, config, engineUid } = this.#options;
    const link = new WorkerLink({
      engineUid,
      config,
      now: () => clock.now(),
      onReports: (reports, begun) => this.#take(seat, reports, begun),
      onGone: (death) => this.#bury(seat, death),
    });
    const seat: WorkerSeat = new WorkerSeat(link);
    this.seats.add(seat);
    return seat;
  }

  /** Gives what waits to who has room; starts workers where that is not enough. */
  pump(): void {
    if (this.#closed) return;
    this.#serveAlone();
    this.#serveShared();
    if (this.#shared.size > 0) this.#wantMore();
  }

  #serveAlone(): void {
    for (const attempt of this.#alone) {
      const seat = this.#findExclusive();
      if (seat === undefined) return;
      this.#alone.remove(attempt);
      this.#give(seat, attempt);
    }
  }

  /** What waits until a file is loaded does not hold up the attempts of others. */
  #serveShared(): void {
    let loading: Set<string> | undefined;
    for (const attempt of this.#shared) {
      const { definitionHash, run } = attempt.assignment;
      if (loading?.has(definitionHash)) continue;
      const seat = findRoom(this.seats, definitionHash);
      if (seat === undefined) return;
      if (seat.hasLoaded(definitionHash) || !isLoadedIn(this.seats, definitionHash)) {
        this.#shared.remove(attempt);
        this.#give(seat, attempt);
        continue;
      }
      this.#bind(seat, definitionHash, run.workflow); // P4
      loading ??= new Set();
      loading.add(definitionHash);
    }
  }

  #wantMore(): void {
    const shared = countShared(this.seats);
    if (shared === 0) {
      this.start();
      return;
    }
    if (shared < (areFull(this.seats) ? WORKERS_MAX : this.#options.cores)) this.#patience.begin();
  }

  /** As many as there is work and processors for; where all are full of attempts that only wait, one more. */
  #startMore(): void {
    const missing = Math.min(this.#shared.size, this.#options.cores - countShared(this.seats));
    for (let at = 0; at < Math.max(1, missing); at += 1) this.start();
  }

  /** P1 */
  #findExclusive(): WorkerSeat | undefined {
    const exclusive = [...this.seats].filter((seat) => seat.exclusive).length;
    if (exclusive >= this.#options.cores * COMMANDS_PER_CORE_MAX) return undefined;
    const unused = [...this.seats].find((seat) => seat.served === 0 && seat.isIdle && seat.isOpen && !seat.exclusive);
    const seat = unused ?? this.start();
    seat.exclusive = true;
    return seat;
  }

  #give(seat: WorkerSeat, attempt: HeldAttempt): void {
    const { assignment, id } = attempt;
    this.#bind(seat, assignment.definitionHash, assignment.run.workflow);
    seat.held.set(id, attempt);
    seat.noteSent();
    const exact = seat.bound.get(assignment.definitionHash) === true;
    seat.link.sendRun(id, assignment, !exact);
    attempt.begin(seat);
    if (seat.bound.get(assignment.definitionHash) !== undefined) attempt.startTimeout();
  }

  #bind(seat: WorkerSeat, hash: string, workflow: string): void {
    if (seat.bound.has(hash)) return;
    const module = this.#options.findModule(hash);
    if (module === undefined) return;
    seat.touched = true;
    seat.bound.set(hash, undefined);
    seat.link.send({ t: "bind", hash, module, workflow });
  }

  #take(seat: WorkerSeat, reports: readonly WorkerReport[], begun: number): void {
    seat.noteBegun(begun);
    for (const report of reports) {
      if (report.t === "ready") this.#welcome(seat);
      else if (report.t === "bound") seat.noteBound(report.hash, report.exact);
      else if (report.t === "end") this.#noteEnd(seat, report);
      else if (report.t !== "fatal") {
        if (report.t === "described" && report.result.ok) seat.noteDescribed(report.result.description);
        const question = seat.questions.get(report.id);
        seat.questions.delete(report.id);
        question?.settle(report);
      }
    }
    this.settleSeat(seat);
    this.pump();
  }

  #noteEnd(seat: WorkerSeat, report: Extract<WorkerReport, { t: "end" }>): void {
    this.#patience.noteEnd();
    this.#options.onEnd(seat, report);
  }

  #bury(seat: WorkerSeat, death: WorkerDeath): void {
    this.seats.delete(seat);
    for (const question of seat.questions.values()) question.fail(death, seat.killed);
    seat.questions.clear();
    this.#options.onGone(seat, death); // P2
    if (!seat.ready && seat.killed === undefined && !this.#closed) this.#failedStarts += 1;
    if (this.#failedStarts >= FAILED_STARTS_MAX) this.#options.onUnable(this.takeQueue(), death);
    else this.pump();
  }

  #welcome(seat: WorkerSeat): void {
    seat.ready = true;
    this.#failedStarts = 0;
  }

  /** The next one is started first, so that nobody waits for it. */
  #replace(worn: WorkerSeat): void {
    worn.retiring = true;
    if (!this.#closed && countShared(this.seats) === 0) this.start();
  }
}
