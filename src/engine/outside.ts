import type { Rows } from "../store/rows.ts";
import { isBusy } from "../store/translate-sqlite-error.ts";
import type { EngineParts } from "./engine-parts.ts";
import { ExpiryAlarm } from "./expire.ts";
import type { OwnedRuns } from "./owned-runs.ts";
import type { Timers } from "./timers.ts";

export interface OutsideOptions {
  readonly store: EngineParts["store"];
  readonly rows: Rows;
  readonly owned: OwnedRuns;
  readonly timers: Timers;
  /** A turn is to look at what others have written. */
  readonly onNews: () => void;
  /** The file cannot be read any more. */
  readonly onFatal: (error: Error) => void;
}

/**
 * What comes from outside the engine: commits of other connections, runs that others execute, checkpoints that end.
 *
 * Owns: the version of the file that was seen, the alarm. Reads outside of turns: nothing that it throws gets out.
 */
export class Outside {
  readonly #options: OutsideOptions;
  readonly #expiry: ExpiryAlarm;
  #seenVersion = -1;

  constructor(options: OutsideOptions) {
    this.#options = options;
    this.#expiry = new ExpiryAlarm(options.rows, options.timers, options.onNews);
  }

  /** Another connection has committed since the last turn. True also where that cannot be read: the turn judges it. */
  hasNews(): boolean {
    try {
      return this.#options.store.dataVersion() !== this.#seenVersion;
    } catch {
      return true;
    }
  }

  /** The same inside a turn, which looks at it. */
  takeNews(): boolean {
    const version = this.#options.store.dataVersion();
    const hasNews = version !== this.#seenVersion;
    this.#seenVersion = version;
    return hasNews;
  }

  /** The turn that has taken it was undone. */
  putBack(): void {
    this.#seenVersion = -1;
  }

  /** After a turn that looked at what others have written, or that opened checkpoints. */
  lookAround(hasRequests: boolean, opensGates: boolean): void {
    const { owned, rows, onNews, onFatal } = this.#options;
    try {
      if (hasRequests) owned.tellWatchersElsewhere((runId) => rows.runs.find(runId)?.status);
      if (hasRequests || opensGates) this.#expiry.arm();
    } catch (error) {
      if (!isBusy(error)) return onFatal(error as Error);
      onNews(); // the next turn waits for its lock, and looks again
    }
  }
}
