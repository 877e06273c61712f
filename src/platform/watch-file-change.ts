/**
 * Tells when the database may have been changed by another process.
 *
 * Owns: a watch on the database's folder and its timers. Owns not: the look itself (`PRAGMA data_version`).
 *
 * W1  It looks in intervals whatever the watch says: a watch only makes it quicker, and where there is none (limits of
 *     the machine, a folder that went away) nothing is missed.
 * W2  It watches the folder: the watch of a WAL dies with the file.
 * W3  An event comes before the commit can be seen, so it looks again for a while.
 * W4  Started twice or stopped twice is once; after stop nothing is called.
 * W5  The watch rests while this process commits again and again: its transactions look by themselves, and the events
 *     of its own commits cost a tenth of them. It begins anew when a poll finds that few were made since the last one.
 */
import { type FSWatcher, watch } from "node:fs";
import type { Clock, WakeSource } from "../core/ports.ts";

/** Milliseconds after an event at which to look. */
const LOOKS_MS = [0, 2, 5, 10, 25, 50];

/** So many of the looks lie so close together that beginning anew would only cost timers. */
const NEAR_LOOKS = 2;

/** Who has committed so often since the last poll is busy (W5). */
const BUSY_COMMITS = 16;
/** How often to look while the watch rests. */
const POLL_RESTING_MS = 100;

export interface WakeSourceOptions {
  /** The folder of the database. */
  readonly dir: string;
  /** Looks whether something changed. Cheap, and often called for nothing. */
  readonly onHint: () => void;
  /** How long until the next look without an event; asked each time. */
  readonly pollEveryMs: () => number;
  readonly clock: Clock;
  /** Commits of this process. While it makes many, nearly every event is its own: then the watch rests. */
  readonly countOwnCommits?: () => number;
}

export function createWakeSource(options: WakeSourceOptions): WakeSource {
  return new FileChangeWatch(options);
}

class FileChangeWatch implements WakeSource {
  readonly #options: WakeSourceOptions;
  #watcher: FSWatcher | undefined;
  #cancelPoll: (() => void) | undefined;
  #cancelLook: (() => void) | undefined;
  #nextLook = LOOKS_MS.length;
  #isResting = false;
  #commitsAtPoll = 0;

  constructor(options: WakeSourceOptions) {
    this.#options = options;
  }

  start(): void {
    if (this.#cancelPoll !== undefined) return; // W4
    this.#poll();
    this.#openWatch();
  }

  stop(): void {
    this.#closeWatch();
    this.#cancelPoll?.();
    this.#cancelLook?.();
    this.#cancelPoll = undefined;
    this.#cancelLook = undefined;
    this.#nextLook = LOOKS_MS.length;
  }

  #countCommits(): number {
    return this.#options.countOwnCommits?.() ?? 0;
  }

  #poll(): void {
    const { clock, pollEveryMs, onHint } = this.#options;
    this.#commitsAtPoll = this.#countCommits();
    const delayMs = this.#isResting ? Math.min(POLL_RESTING_MS, pollEveryMs()) : pollEveryMs();
    this.#cancelPoll = clock.schedule(delayMs, () => {
      if (this.#isResting && !this.#isBusy()) this.#openWatch(); // W5
      this.#poll();
      onHint();
    });
  }

  #openWatch(): void {
    this.#isResting = false;
    try {
      this.#watcher = watch(this.#options.dir, { persistent: false }, () => this.#handleEvent()); // W2
      this.#watcher.on("error", () => this.#closeWatch()); // W1
    } catch {
      this.#watcher = undefined; // W1
    }
  }

  #closeWatch(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
  }

  /** An event in the midst of the looks begins them anew. One that is due at once anyway keeps its timer. */
  #handleEvent(): void {
    if (this.#isBusy()) return this.#rest(); // W5
    const isNear = this.#cancelLook !== undefined && this.#nextLook <= NEAR_LOOKS;
    if (isNear) {
      this.#nextLook = 1;
      return;
    }
    this.#cancelLook?.();
    this.#nextLook = 0;
    this.#look();
  }

  #isBusy(): boolean {
    return this.#countCommits() - this.#commitsAtPoll >= BUSY_COMMITS;
  }

  #rest(): void {
    this.#isResting = true;
    this.#closeWatch();
    this.#cancelPoll?.();
    this.#poll();
  }

  #look(): void {
    const at = LOOKS_MS[this.#nextLook];
    if (at === undefined) {
      this.#cancelLook = undefined;
      return;
    }
    const delayMs = at - (LOOKS_MS[this.#nextLook - 1] ?? 0);
    this.#nextLook += 1;
    this.#cancelLook = this.#options.clock.schedule(delayMs, () => {
      this.#look();
      this.#options.onHint();
    });
  }
}
