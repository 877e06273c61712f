/**
 * Many attempts may share one signal: removing a listener from a signal looks through all of them, so each signal gets
 * one listener of ours and a set of those who wait.
 */
export interface AbortWatcher {
  onAbort(): void;
}

const WATCHERS = new WeakMap<AbortSignal, Set<AbortWatcher>>();

export function watchAbort(signal: AbortSignal, watcher: AbortWatcher): void {
  let watchers = WATCHERS.get(signal);
  if (watchers === undefined) {
    const added = new Set<AbortWatcher>();
    signal.addEventListener("abort", () => {
      for (const each of [...added]) each.onAbort();
    });
    WATCHERS.set(signal, added);
    watchers = added;
  }
  watchers.add(watcher);
}

export function unwatchAbort(signal: AbortSignal, watcher: AbortWatcher): void {
  WATCHERS.get(signal)?.delete(watcher);
}
