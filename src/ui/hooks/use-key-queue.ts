import { type Key, useInput } from "ink";
import { useLayoutEffect, useRef } from "react";

/**
 * Hands keys to `handle` one by one, each after what the one before it did was drawn: several keys may arrive at once,
 * as they do over SSH, and the second must not act on what the first has left.
 */
export function useKeyQueue(handle: (input: string, key: Key) => void, isActive: boolean): void {
  const latest = useRef(handle);
  const isStillActive = useRef(isActive);
  const tail = useRef(Promise.resolve());
  useLayoutEffect(() => {
    latest.current = handle;
    isStillActive.current = isActive;
  });
  useInput(
    (input, key) => {
      tail.current = tail.current.then(async () => {
        if (!isStillActive.current) return;
        latest.current(input, key);
        await afterDrawing();
      });
    },
    { isActive },
  );
}

/** React draws what a key has changed in a task of its own, which is then ahead of this one. */
function afterDrawing(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
}
