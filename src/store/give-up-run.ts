import type { Store } from "./open-store.ts";
import { TASK_ROWS_PER_RUN } from "./task-id.ts";

/** Fails a run, and cancels what is open of it, by its rows alone: they cannot be read as a run. */
export function createGiveUp({ sqlite }: Store): (runId: number, now: number) => void {
  const fail = sqlite.prepare(
    `UPDATE run SET status = 'failed', intent = 'none', reason = 'internal', engine_id = NULL, finished_at = @now
     WHERE id = @id`,
  );
  const cancelOpen = sqlite.prepare(
    `UPDATE task SET status = 'canceled', wake_at = NULL, finished_at = @now WHERE id >= @id AND id < @end
       AND status NOT IN ('succeeded', 'failed', 'skipped', 'canceled')`,
  );
  return (runId, now) => {
    cancelOpen.run({ id: runId * TASK_ROWS_PER_RUN, end: (runId + 1) * TASK_ROWS_PER_RUN, now });
    fail.run({ id: runId, now });
  };
}
