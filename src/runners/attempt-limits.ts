import type { Clock } from "../core/ports.ts";
import { type AbortWatcher, unwatchAbort, watchAbort } from "./abort-watchers.ts";
import { ENGINE_STOPS } from "./program-host.ts";

/** Why an attempt is to end before it is done. */
export type EarlyEnd = "timeout" | "cancel" | "stop";

/**
 * Watches what may end an attempt early: its timeout and its signal. Calls back once, with the first of them; `dispose`
 * is called when the attempt is over.
 */
export class AttemptLimits implements AbortWatcher {
  readonly #signal: AbortSignal;
  readonly #onEarlyEnd: (reason: EarlyEnd) => void;
  #cancelTimer: (() => void) | undefined;
  #over = false;

  constructor(
    signal: AbortSignal,
    timeoutMs: number | undefined,
    clock: Clock,
    onEarlyEnd: (reason: EarlyEnd) => void,
  ) {
    this.#signal = signal;
    this.#onEarlyEnd = onEarlyEnd;
    watchAbort(signal, this);
    if (timeoutMs !== undefined) this.#cancelTimer = clock.schedule(timeoutMs, () => this.end("timeout"));
  }

  onAbort(): void {
    this.end(getAbortReason(this.#signal));
  }

  /** Ends it early from elsewhere. */
  end(reason: EarlyEnd): void {
    if (this.#over) return;
    this.dispose();
    this.#onEarlyEnd(reason);
  }

  dispose(): void {
    if (this.#over) return;
    this.#over = true;
    unwatchAbort(this.#signal, this);
    this.#cancelTimer?.();
  }
}

export function getAbortReason(signal: AbortSignal): EarlyEnd {
  return signal.reason === ENGINE_STOPS ? "stop" : "cancel";
}
