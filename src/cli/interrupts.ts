/**
 * Being asked to stop, by SIGINT, SIGTERM or a closed terminal.
 *
 * Owns: the handlers of these signals, from the first call on. Owns not: what stopping means.
 *
 * I1  The handlers stay: a signal that arrives while one is taken away and another put in its place would be lost.
 * I2  What arrives while nobody listens is told to the next who does, and ends the process where nobody comes.
 * I3  A closed terminal counts once: its shell passes SIGHUP on, and then the kernel sends it again, which is no second
 *     wish.
 */

/** Who listens again and again does so within milliseconds. */
const NOBODY_MS = 1_000;

export interface InterruptedProcess {
  on(signal: NodeJS.Signals, listener: () => void): unknown;
}

interface Listener {
  readonly callback: () => void;
  wasAsked: boolean;
}

/** Calls back at each signal until the function that is returned is called. `end` ends the process. */
export function createInterrupts(process: InterruptedProcess, end: () => void): (callback: () => void) => () => void {
  const listeners = new Set<Listener>();
  let isInstalled = false;
  let isMissed = false;
  const ask = (listener: Listener): void => {
    listener.wasAsked = true;
    listener.callback();
  };
  const note = (isHangUp: boolean): void => {
    if (listeners.size === 0) return noteMissed(isHangUp);
    for (const listener of [...listeners]) if (!isHangUp || !listener.wasAsked) ask(listener); // I3
  };
  const noteMissed = (isHangUp: boolean): void => {
    if (isMissed && !isHangUp) return end();
    isMissed = true;
    setTimeout(() => {
      if (isMissed) end();
    }, NOBODY_MS).unref();
  };
  const install = (): void => {
    process.on("SIGINT", () => note(false)); // I1
    process.on("SIGTERM", () => note(false));
    process.on("SIGHUP", () => note(true));
    isInstalled = true;
  };
  return (callback) => {
    if (!isInstalled) install();
    const listener: Listener = { callback, wasAsked: false };
    listeners.add(listener);
    if (isMissed) {
      isMissed = false;
      queueMicrotask(() => ask(listener)); // I2
    }
    return () => void listeners.delete(listener);
  };
}
