import type { HeldAttempt } from "./held-attempt.ts";

/** First in, first out; taking and removing cost the same however many wait. */
export class AttemptQueue {
  readonly #waiting = new Set<HeldAttempt>();

  get size(): number {
    return this.#waiting.size;
  }

  add(attempt: HeldAttempt): void {
    this.#waiting.add(attempt);
  }

  /** True if it was there. */
  remove(attempt: HeldAttempt): boolean {
    return this.#waiting.delete(attempt);
  }

  /** In their order; the present one may be removed. */
  [Symbol.iterator](): Iterator<HeldAttempt> {
    return this.#waiting.values();
  }

  takeAll(): readonly HeldAttempt[] {
    const all = [...this.#waiting];
    this.#waiting.clear();
    return all;
  }
}
