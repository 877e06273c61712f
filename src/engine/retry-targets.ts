import { findClosest } from "../core/did-you-mean.ts";
import { ConflictError, NotFoundError } from "../core/errors.ts";
import { listFailedTasks } from "../core/reset-tasks.ts";
import type { RunState } from "../core/run-state.ts";

/**
 * The tasks that a retry begins with: `from`, else all that failed.
 * @throws {NotFoundError} where the run has no such task; {ConflictError} where there is nothing to run again.
 */
export function listRetryTargets(state: RunState, from: string | null): number[] {
  const { tasks } = state.plan.spec;
  if (from === null) {
    const failed = listFailedTasks(state);
    if (failed.length > 0) return failed;
    throw new ConflictError(
      `#${state.id} ${state.plan.spec.name}: nothing has failed. To run a task again and all that follows it: lockstep retry ${state.id} --from TASK`,
    );
  }
  const index = tasks.findIndex((task) => task.id === from);
  if (index >= 0) return [index];
  const names = tasks.map((task) => task.id);
  const closest = findClosest(from, names);
  const question = closest === undefined ? `It has: ${names.slice(0, 20).join(", ")}` : `Did you mean "${closest}"?`;
  throw new NotFoundError(`Run #${state.id} has no task "${from}". ${question}`);
}
