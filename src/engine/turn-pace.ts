import type { Timers } from "./timers.ts";

/** A chain of functions without a wait takes so many steps before the event loop goes round. */
const SOON_IN_A_ROW_MAX = 10;

/**
 * When the next turn comes: not at once, since each outcome would be a commit of its own (16 times as many), and not later
 * than it has to.
 *
 * P1 A turn that was asked for comes once, with all that this round of the event loop brings: in its `setImmediate`.
 * P2 Where nothing else is under way that could bring more, it comes as soon as the microtasks are done. The event loop
 *    still goes round once in so many turns: signals, timers and the program's own work are not kept waiting.
 * P3 Held up, it comes when that is over: a lock was in its way, or the disk is full. What is asked for meanwhile is in it.
 */
export class TurnPace {
  readonly #timers: Pick<Timers, "after">;
  readonly #turn: () => void;
  #isDue = false;
  #isHeldUp = false;
  #soonInARow = 0;

  constructor(timers: Pick<Timers, "after">, turn: () => void) {
    this.#timers = timers;
    this.#turn = turn;
  }

  get isDue(): boolean {
    return this.#isDue;
  }

  request(): void {
    if (this.#isDue || this.#isHeldUp) return;
    this.#isDue = true;
    setImmediate(() => {
      this.#soonInARow = 0;
      this.#begin();
    });
  }

  /** P2. To be called in a microtask: then the others are done before. */
  requestSoon(): void {
    if (this.#isDue || this.#isHeldUp || this.#soonInARow >= SOON_IN_A_ROW_MAX) return this.request();
    this.#isDue = true;
    this.#soonInARow++;
    process.nextTick(this.#begin);
  }

  /** P3 */
  holdUp(delayMs: number): void {
    this.#isHeldUp = true;
    this.#timers.after(delayMs, () => {
      this.#isHeldUp = false;
      this.request();
    });
  }

  readonly #begin = (): void => {
    this.#isDue = false;
    this.#turn();
  };
}
