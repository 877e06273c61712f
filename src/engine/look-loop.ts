/**
 * Looks again and again, each second unless it is told otherwise, and sooner where something is due.
 *
 * Owns: the timer, and the look that is under way. Owns not: what a look does.
 *
 * K1 Looks do not overlap; `stop` waits for the one that is under way. Twice started and twice stopped does no harm.
 * K2 A database that is full or locked for a moment ends nothing: it looks again. The engine judges for how long.
 */
import type { Clock } from "../core/ports.ts";
import { isPassing } from "../store/translate-sqlite-error.ts";

export const LOOK_MS = 1_000;

export interface LookLoopOptions {
  readonly clock: Clock;
  readonly look: () => Promise<void>;
  /** How long until the next look where nothing is due; asked each time. Left out: a second. */
  readonly everyMs?: () => number;
  /** How long until something is due, where that is known. */
  readonly findWaitMs?: () => number | undefined;
  /** A look has failed, and the next one may not. */
  readonly onPassing: (error: Error) => void;
  readonly onFatal: (error: Error) => void;
}

export class LookLoop {
  readonly #options: LookLoopOptions;
  #cancel: (() => void) | undefined;
  #isStopped = false;
  #looking: Promise<void> = Promise.resolve();

  constructor(options: LookLoopOptions) {
    this.#options = options;
  }

  start(): void {
    if (this.#isStopped || this.#cancel !== undefined) return;
    const { everyMs, findWaitMs } = this.#options;
    const restMs = everyMs?.() ?? LOOK_MS;
    this.#lookAfter(Math.min(restMs, findWaitMs?.() ?? restMs));
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancel?.();
    await this.#looking;
  }

  #lookAfter(delayMs: number): void {
    if (this.#isStopped) return;
    this.#cancel = this.#options.clock.schedule(delayMs, () => {
      this.#cancel = undefined;
      this.#looking = this.#look();
    });
  }

  async #look(): Promise<void> {
    const { look, onPassing, onFatal } = this.#options;
    try {
      await look();
      this.start(); // K1; it asks the database, too
    } catch (error) {
      if (!isPassing(error)) return onFatal(error as Error);
      onPassing(error as Error); // K2
      this.#lookAfter(LOOK_MS);
    }
  }
}
