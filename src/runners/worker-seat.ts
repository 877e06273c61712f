/**
 * One worker as the pool sees it: what it holds and how much it may be given.
 *
 * W1: it is given a few attempts at a time, more the quicker it takes them up: what is not sent can still go to
 *     another worker when this one is busy with a long computation.
 */
import { ATTEMPTS_PER_WORKER_LIFE, ATTEMPTS_PER_WORKER_MAX } from "../core/limits.ts";
import type { KillReason } from "./describe-death.ts";
import type { ModuleDescription } from "./describe-module.ts";
import type { HeldAttempt } from "./held-attempt.ts";
import type { WorkerDeath, WorkerLink } from "./worker-link.ts";
import type { WorkerReport } from "./worker-protocol.ts";

/** A worker that takes longer to begin what it was given is computing. */
const QUICK_MS = 10;
/** A worker lives at least so long: an empty task takes 2 µs, and 1,000 of them are no reason to start a process. */
const LIFE_MIN_MS = 10_000;

export interface Question {
  readonly settle: (report: Extract<WorkerReport, { t: "described" } | { t: "answer" }>) => void;
  readonly fail: (death: WorkerDeath, killed: KillReason | undefined) => void;
}

export class WorkerSeat {
  readonly held = new Map<number, HeldAttempt>();
  readonly questions = new Map<number, Question>();
  /** Definition hash → whether the worker has just this definition; undefined until it said so. */
  readonly bound = new Map<string, boolean | undefined>();
  readonly #described = new Set<string>();
  /** Given to one attempt that must be alone. */
  exclusive = false;
  ready = false;
  /** Takes nothing more; ends when it holds nothing. */
  retiring = false;
  killed: KillReason | undefined;
  served = 0;
  /** True once a user's module was asked for: only a worker without may describe one. */
  touched = false;
  silentTicks = 0;
  heardBefore = 0;
  readonly link: WorkerLink;
  readonly #startedMs = performance.now();
  #window = 1;
  #waiting = 0;
  #sentMs = 0;

  constructor(link: WorkerLink) {
    this.link = link;
  }

  get room(): number {
    if (!this.ready || this.exclusive || !this.isOpen) return 0;
    return Math.min(this.#window - this.#waiting, ATTEMPTS_PER_WORKER_MAX - this.held.size);
  }

  /** False once it takes nothing more. */
  get isOpen(): boolean {
    return !this.retiring && !this.link.isDead;
  }

  get isFull(): boolean {
    return this.held.size >= ATTEMPTS_PER_WORKER_MAX;
  }

  get isIdle(): boolean {
    return this.held.size === 0 && this.questions.size === 0;
  }

  get isWorn(): boolean {
    return this.served >= ATTEMPTS_PER_WORKER_LIFE && performance.now() - this.#startedMs >= LIFE_MIN_MS;
  }

  /** True once it has loaded the file of this definition, to run it or to say what is in it. */
  hasLoaded(hash: string): boolean {
    return this.bound.get(hash) !== undefined || this.#described.has(hash);
  }

  noteDescribed({ workflows }: ModuleDescription): void {
    for (const { definitionHash } of workflows) this.#described.add(definitionHash);
  }

  noteBound(hash: string, exact: boolean): void {
    this.bound.set(hash, exact);
    for (const attempt of this.held.values()) if (attempt.assignment.definitionHash === hash) attempt.startTimeout();
  }

  noteSent(): void {
    if (this.#waiting === 0) this.#sentMs = performance.now();
    this.#waiting += 1;
    this.served += 1;
  }

  /** W1 */
  noteBegun(begun: number): void {
    if (begun === 0) return;
    this.#waiting = Math.max(0, this.#waiting - begun);
    const quick = performance.now() - this.#sentMs <= QUICK_MS;
    this.#window = quick ? Math.min(ATTEMPTS_PER_WORKER_MAX, this.#window * 2) : 1;
    this.#sentMs = performance.now();
  }
}
