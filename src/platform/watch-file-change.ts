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
 */
import { type FSWatcher, watch } from "node:fs";
import type { Clock, WakeSource } from "../core/ports.ts";

/** Milliseconds after an event at which to look. */
const LOOKS_MS = [0, 2, 5, 10, 25, 50];

/** So many of the looks lie so close together that beginning anew would only cost timers. */
const NEAR_LOOKS = 2;

export interface WakeSourceOptions {
  /** The folder of the database. */
  readonly dir: string;
  /** Looks whether something changed. Cheap, and often called for nothing. */
  readonly onHint: () => void;
  /** How long until the next look without an event; asked each time. */
  readonly pollEveryMs: () => number;
  readonly clock: Clock;
}

export function createWakeSource({ dir, onHint, pollEveryMs, clock }: WakeSourceOptions): WakeSource {
  let watcher: FSWatcher | undefined;
  let cancelPoll: (() => void) | undefined;
  let cancelLook: (() => void) | undefined;
  let nextLook = LOOKS_MS.length;

  function poll(): void {
    cancelPoll = clock.schedule(pollEveryMs(), () => {
      poll();
      onHint();
    });
  }

  /** An event in the midst of the looks begins them anew. One that is due at once anyway keeps its timer. */
  function onEvent(): void {
    const isNear = cancelLook !== undefined && nextLook <= NEAR_LOOKS;
    if (isNear) {
      nextLook = 1;
      return;
    }
    cancelLook?.();
    nextLook = 0;
    look();
  }

  function look(): void {
    const at = LOOKS_MS[nextLook];
    if (at === undefined) {
      cancelLook = undefined;
      return;
    }
    const delayMs = at - (LOOKS_MS[nextLook - 1] ?? 0);
    nextLook += 1;
    cancelLook = clock.schedule(delayMs, () => {
      look();
      onHint();
    });
  }

  function closeWatch(): void {
    watcher?.close();
    watcher = undefined;
  }

  return {
    start() {
      if (cancelPoll !== undefined) return; // W4
      poll();
      try {
        watcher = watch(dir, { persistent: false }, onEvent); // W2
        watcher.on("error", closeWatch); // W1
      } catch {
        watcher = undefined; // W1
      }
    },
    stop() {
      closeWatch();
      cancelPoll?.();
      cancelLook?.();
      cancelPoll = undefined;
      cancelLook = undefined;
      nextLook = LOOKS_MS.length;
    },
  };
}
