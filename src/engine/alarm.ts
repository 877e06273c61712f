/** Calls back at an instant; what it returns cancels that. */
export interface AlarmClock {
  at(instant: number, callback: () => void): () => void;
}

/** One timer, for the next instant at which something is due. */
export class Alarm {
  readonly #timers: AlarmClock;
  readonly #onDue: () => void;
  #at = Number.POSITIVE_INFINITY;
  #cancel: (() => void) | undefined;

  constructor(timers: AlarmClock, onDue: () => void) {
    this.#timers = timers;
    this.#onDue = onDue;
  }

  /** What was set before holds no longer. Infinity: none is waited for. An instant of the past is due at once. */
  set(at: number): void {
    if (at === this.#at) return;
    this.#cancel?.();
    this.#cancel = undefined;
    this.#at = at;
    if (at === Number.POSITIVE_INFINITY) return;
    this.#cancel = this.#timers.at(at, () => {
      this.#at = Number.POSITIVE_INFINITY;
      this.#cancel = undefined;
      this.#onDue();
    });
  }
}
