import type { Clock } from "../core/ports.ts";

/** How long attempts may wait before another worker is thought of: most queues are gone sooner. */
const PATIENCE_MS = 10;
/** A worker takes about so long to be ready: where the queue is gone before, it would only take processors from others. */
const START_MS = 100;

export interface PatienceOptions {
  /** Attempts that wait for room. */
  countWaiting(): number;
  /** A worker is on its way. */
  isStarting(): boolean;
  /** Called each time; with true where another worker is worth while. */
  onOver(isGone: boolean): void;
}

/**
 * Whether attempts that wait are worth another worker. They have to look so twice: where this process was busy itself, it
 * has not yet read what has ended meanwhile.
 */
export class Patience {
  readonly #clock: Clock;
  readonly #options: PatienceOptions;
  #cancel: (() => void) | undefined;
  #ended = 0;
  #wasStrained = false;

  constructor(clock: Clock, options: PatienceOptions) {
    this.#clock = clock;
    this.#options = options;
  }

  /** An attempt has ended. */
  noteEnd(): void {
    this.#ended += 1;
  }

  /** Attempts wait. While they do, call it again after `onOver`. */
  begin(): void {
    if (this.#cancel !== undefined) return;
    const before = this.#ended;
    this.#cancel = this.#clock.schedule(PATIENCE_MS, () => {
      this.#cancel = undefined;
      const isStrained = this.#isStrained(this.#ended - before);
      const isGone = isStrained && this.#wasStrained;
      this.#wasStrained = isStrained && !isGone;
      this.#options.onOver(isGone);
    });
  }

  close(): void {
    this.#cancel?.();
  }

  /** @param ended attempts that ended while it was measured */
  #isStrained(ended: number): boolean {
    const waiting = this.#options.countWaiting();
    return waiting > 0 && !this.#options.isStarting() && ended * (START_MS / PATIENCE_MS) < waiting;
  }
}
