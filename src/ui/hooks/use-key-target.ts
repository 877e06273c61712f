import { useLayoutEffect, useRef } from "react";
import type { KeyTarget } from "../key-desk.ts";
import { useUi } from "../ui-context.ts";

/** Takes the keys while `isActive`, from the drawing on in which it became so. */
export function useKeyTarget(target: KeyTarget, isActive: boolean): void {
  const { desk } = useUi();
  const latest = useRef(target);
  useLayoutEffect(() => {
    latest.current = target;
  });
  useLayoutEffect(() => {
    if (!isActive) return;
    return desk.register({
      split: (input, key) => {
        // What one key does is drawn before the next one: each is handled by what was drawn last.
        const { length } = latest.current.split(input, key);
        return Array.from({ length }, (_, at) => () => latest.current.split(input, key)[at]?.() ?? "stop");
      },
      paste: (text) => latest.current.paste(text),
    });
  }, [desk, isActive]);
}
