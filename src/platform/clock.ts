import type { Clock } from "../core/ports.ts";

/** Node's timers hold 32 bits; what is longer (25 days) would fire at once. */
const TIMER_MAX_MS = 2 ** 31 - 1;

/** The machine's wall clock and timers. A timer alone keeps no process alive: who owns runs has to. */
export const systemClock: Clock = {
  now: () => Date.now(),
  schedule(delayMs, callback) {
    let timer: NodeJS.Timeout;
    const arm = (leftMs: number): void => {
      const stepMs = Math.min(Math.max(leftMs, 0), TIMER_MAX_MS);
      timer = setTimeout(() => (leftMs > stepMs ? arm(leftMs - stepMs) : callback()), stepMs);
      timer.unref();
    };
    arm(delayMs);
    return () => clearTimeout(timer);
  },
};
