/** How long to wait before the n-th try (n from 1). */
function getBackoffMs(tries: number): number {
  return Math.min(30_000, 1_000 * 2 ** (tries - 1));
}

/** After so long a full disk ends the engine. */
const PATIENCE_MS = 5 * 60_000;

/** Since when the disk is full, and how often it was tried: until something was written again. */
export class FullDisk {
  #since: number | undefined;
  #tries = 0;

  get isFull(): boolean {
    return this.#since !== undefined;
  }

  /** Another try has failed. Returns how long to wait before the next one; undefined: long enough. */
  noteTry(now: number): number | undefined {
    this.#since ??= now;
    this.#tries++;
    return now - this.#since > PATIENCE_MS ? undefined : getBackoffMs(this.#tries);
  }

  clear(): void {
    this.#since = undefined;
    this.#tries = 0;
  }
}
