import { useEffect, useState } from "react";
import type { Clock } from "../../core/ports.ts";

const TICK_MS = 1_000;

/** The time, each second. */
export function useNow(clock: Clock): number {
  const [now, setNow] = useState(() => clock.now());
  useEffect(() => {
    let cancel = (): void => {};
    const tick = (): void => {
      setNow(clock.now());
      cancel = clock.schedule(TICK_MS, tick);
    };
    cancel = clock.schedule(TICK_MS, tick);
    return () => cancel();
  }, [clock]);
  return now;
}
