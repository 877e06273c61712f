/** Who waits for the next thing to happen. Each is told once. */
export class News {
  #waiting: (() => void)[] = [];

  /** Resolves with the next announcement, or the first abort. */
  next(signals: readonly AbortSignal[]): Promise<void> {
    if (signals.some((signal) => signal.aborted)) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push(resolve);
    for (const signal of signals) signal.addEventListener("abort", resolve as () => void, { once: true });
    return promise.finally(() => {
      for (const signal of signals) signal.removeEventListener("abort", resolve as () => void);
    });
  }

  announce(): void {
    if (this.#waiting.length === 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const tell of waiting) tell();
  }
}
