import { type Key, useInput } from "ink";
import { useLayoutEffect, useRef } from "react";

/** `stop`: what is left of the piece is dropped. */
type Handled = "next" | "stop";

/**
 * Hands what `split` makes of each piece of input to `handle` one by one, each after what the one before it did was drawn: several keys may arrive at once,
 * as they do over SSH, and the second must not act on what the first has left.
 */
export function useKeyQueue<Item>(
  split: (input: string, key: Key) => readonly Item[],
  handle: (item: Item) => Handled,
  isActive: boolean,
): void {
  const latest = useRef(handle);
  const isStillActive = useRef(isActive);
  const tail = useRef(Promise.resolve());
  useLayoutEffect(() => {
    latest.current = handle;
    isStillActive.current = isActive;
  });
  useInput(
    (input, key) => {
      const items = split(input, key);
      tail.current = tail.current.then(async () => {
        for (const item of items) {
          if (!isStillActive.current) return;
          const handled = latest.current(item);
          await afterDrawing();
          if (handled === "stop") return;
        }
      });
    },
    { isActive },
  );
}

/** React draws what a key has changed in a task of its own, which is then ahead of this one. */
function afterDrawing(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
}
