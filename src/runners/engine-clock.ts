import type { Clock } from "../core/ports.ts";

/** Node's timers hold 32 bits: a wait that is longer (25 days) is made of several. */
const TIMER_MAX_MS = 2 ** 31 - 1;

/** The engine's time in a worker, counted on by the process's own. */
export class EngineClock implements Clock {
  #offsetMs = 0;

  set(at: number): void {
    this.#offsetMs = at - performance.now();
  }

  now(): number {
    return Math.round(this.#offsetMs + performance.now());
  }

  schedule(delayMs: number, callback: () => void): () => void {
    let timer: NodeJS.Timeout;
    const arm = (leftMs: number): void => {
      const stepMs = Math.min(leftMs, TIMER_MAX_MS);
      timer = setTimeout(() => (leftMs > stepMs ? arm(leftMs - stepMs) : callback()), stepMs);
    };
    arm(delayMs);
    return () => clearTimeout(timer);
  }
}
