import type { Clock } from "../core/ports.ts";
import type { EngineRows } from "../store/engine-rows.ts";
import { isPassing } from "../store/translate-sqlite-error.ts";

const LOOK_MS = 250;

/**
 * Calls back once when somebody has asked this engine to stop, from any process. Returns what ends the looking.
 * @param onFatal the database cannot be asked any more, and not only for a moment
 */
export function watchStopRequest(
  engines: Pick<EngineRows, "isStopRequested">,
  engineId: number,
  clock: Clock,
  onRequested: () => void,
  onFatal: (error: Error) => void,
): () => void {
  let cancel: () => void = () => {};
  const look = (): void => {
    try {
      if (engines.isStopRequested(engineId)) return onRequested();
    } catch (error) {
      if (!isPassing(error)) return onFatal(error as Error);
    }
    cancel = clock.schedule(LOOK_MS, look);
  };
  look();
  return () => cancel();
}
