import type { Clock } from "../core/ports.ts";
import type { EngineRows } from "../store/engine-rows.ts";

const LOOK_MS = 250;

/**
 * Calls back once when somebody has asked this engine to stop, from any process. Returns what ends the looking.
 */
export function watchStopRequest(
  engines: Pick<EngineRows, "isStopRequested">,
  engineId: number,
  clock: Clock,
  onRequested: () => void,
): () => void {
  let cancel: () => void = () => {};
  const look = (): void => {
    if (engines.isStopRequested(engineId)) onRequested();
    else cancel = clock.schedule(LOOK_MS, look);
  };
  look();
  return () => cancel();
}
