import { useApp } from "ink";
import { useEffect, useRef, useState } from "react";
import type { UiPorts } from "../ports.ts";

/** A terminal whose edge is being dragged sends many sizes; it is drawn anew once they end. */
const QUIET_MS = 80;

export interface Redraw {
  /** Every row is drawn as blank: the next drawing then writes each of them. */
  readonly isBlank: boolean;
  redraw(): void;
}

/**
 * Draws the whole screen anew after the terminal was resized, or somebody asks for it. Only rows that differ from the last
 * drawing are written otherwise, and a terminal that shrinks and grows again has lost some of those, sometimes without
 * any change of size that Node would tell of.
 */
export function useRedraw({ clock, onResize }: UiPorts): Redraw {
  const { waitUntilRenderFlush } = useApp();
  const [isBlank, setBlank] = useState(false);
  const cancel = useRef((): void => {});
  const flush = useRef(waitUntilRenderFlush);
  useEffect(() => {
    const stop = onResize(() => {
      cancel.current();
      cancel.current = clock.schedule(QUIET_MS, () => setBlank(true));
    });
    return () => {
      cancel.current();
      stop();
    };
  }, [clock, onResize]);
  useEffect(() => {
    if (!isBlank) return;
    let isOver = false;
    const end = (): void => {
      if (!isOver) setBlank(false);
    };
    flush.current().then(end, end);
    return () => {
      isOver = true;
    };
  }, [isBlank]);
  return { isBlank, redraw: () => setBlank(true) };
}
