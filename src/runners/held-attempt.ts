/**
 * An attempt on the engine's side, from the queue to its outcome. Its own timers run in the worker; the one here is for
 * a worker that can no longer run timers.
 */
import { GRACE_DEFAULT_MS } from "../core/limits.ts";
import type { Clock } from "../core/ports.ts";
import { type AbortWatcher, unwatchAbort, watchAbort } from "./abort-watchers.ts";
import type { KillReason } from "./describe-death.ts";
import type { ProgramOutcome } from "./program-host.ts";
import type { Assignment } from "./runner.ts";
import type { WorkerLink } from "./worker-link.ts";

/** How much longer than its grace a worker that answers has to say how the attempt ended. */
const MARGIN_MS = 250;

/** The worker that it was given to, as far as an attempt asks. */
interface Seat {
  readonly link: Pick<WorkerLink, "send" | "heard" | "kill">;
  killed: KillReason | undefined;
  readonly held: { has(id: number): boolean };
}

export interface AttemptOwner {
  /** It was canceled while it waited for a worker. */
  removeQueued(attempt: HeldAttempt): void;
  /** Its worker has to end: it did not answer since the attempt's time was over. */
  endStuck(attempt: HeldAttempt, because: "timeout" | "abort"): void;
}

export class HeldAttempt implements AbortWatcher {
  seat: Seat | undefined;
  /** True once its timeout runs: it has said itself for how long it may compute. */
  isLimited = false;
  readonly id: number;
  readonly assignment: Assignment;
  readonly signal: AbortSignal;
  readonly outcome: Promise<ProgramOutcome>;
  readonly #owner: AttemptOwner;
  readonly #clock: Clock;
  #resolve: (outcome: ProgramOutcome) => void = () => {};
  #cancelTimer: (() => void) | undefined;

  constructor(id: number, assignment: Assignment, signal: AbortSignal, owner: AttemptOwner, clock: Clock) {
    this.id = id;
    this.assignment = assignment;
    this.signal = signal;
    this.#owner = owner;
    this.#clock = clock;
    this.outcome = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    watchAbort(signal, this);
  }

  /** It gets a worker of its own. */
  get isAlone(): boolean {
    const { alone, spec, step } = this.assignment;
    return alone || (spec.isolation === "process" && step === "body");
  }

  /** Called when it was sent. */
  begin(seat: Seat): void {
    this.seat = seat;
  }

  /** Called when its worker has its program: starting a process and loading a module is no time of the task's. */
  startTimeout(): void {
    const { timeoutMs } = this.assignment.spec;
    if (timeoutMs === undefined || this.isLimited) return;
    this.isLimited = true;
    if (!this.signal.aborted) this.#after(timeoutMs, () => this.#expectAnswer("timeout"));
  }

  onAbort(): void {
    if (this.seat === undefined) this.#owner.removeQueued(this);
    else this.abort(false);
  }

  abort(stop: boolean): void {
    const { seat } = this;
    if (seat === undefined) return;
    seat.link.send({ t: "abort", id: this.id, stop: stop || isStop(this.signal) });
    this.#expectAnswer("abort");
  }

  settle(outcome: ProgramOutcome): void {
    this.#cancelTimer?.();
    unwatchAbort(this.signal, this);
    this.#resolve(outcome);
  }

  /** From now on its worker has to answer, and to end the attempt within its grace. */
  #expectAnswer(because: "timeout" | "abort"): void {
    const { seat } = this;
    if (seat === undefined) return;
    const { heard } = seat.link;
    seat.link.send({ t: "ping" });
    const graceMs = this.assignment.spec.graceMs ?? GRACE_DEFAULT_MS;
    this.#after(graceMs + MARGIN_MS, () => {
      // What it said may lie unread, where the engine was the busy one.
      setImmediate(() =>
        setImmediate(() => {
          if (!seat.held.has(this.id)) return;
          if (seat.link.heard === heard) this.#owner.endStuck(this, because);
          else this.#expectAnswer(because);
        }),
      );
    });
  }

  #after(delayMs: number, callback: () => void): void {
    this.#cancelTimer?.();
    this.#cancelTimer = this.#clock.schedule(delayMs, callback);
  }
}

function isStop(signal: AbortSignal): boolean {
  return signal.reason === Symbol.for("lockstep.engineStops");
}
