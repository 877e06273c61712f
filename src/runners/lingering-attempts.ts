import type { Assignment } from "./runner.ts";

/**
 * Attempts that were given up while they were still at work. No two attempts of a task run side by side: the next one of
 * the same task, or of the same item of a map, waits until they are over.
 */
export class LingeringAttempts {
  readonly #over = new Map<string, Promise<unknown>>();

  /** @param over resolves when it is no longer at work; must not reject */
  keep(assignment: Assignment, over: Promise<unknown>): void {
    const key = getTaskKey(assignment);
    this.#over.set(key, over);
    void over.then(() => {
      if (this.#over.get(key) === over) this.#over.delete(key);
    });
  }

  /** Resolves when none lingers that the attempt would run beside, or with its abort; undefined: none does. */
  waitFor(assignment: Assignment, signal: AbortSignal): Promise<void> | undefined {
    if (this.#over.size === 0) return undefined;
    const over = this.#over.get(getTaskKey(assignment));
    return over === undefined ? undefined : waitForEither(over, signal);
  }
}

/** Run, task and item: the idempotency key without its generation. */
function getTaskKey({ idempotencyKey }: Assignment): string {
  return idempotencyKey.slice(0, idempotencyKey.lastIndexOf(":"));
}

async function waitForEither(over: Promise<unknown>, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  signal.addEventListener("abort", () => resolve(), { once: true });
  void over.then(() => resolve());
  await promise;
}
