import { describeError } from "../core/describe-error.ts";
import type { RunView, TaskView } from "./show-run.ts";

/** What a failed task says of itself; a map, what the first of its failed instances says, and how many there are. */
export function describeFailure({ tasks }: Pick<RunView, "tasks">, task: TaskView): string {
  if (task.error !== null) return describeError(task.error);
  if (task.index === null) {
    const instances = tasks.filter((each) => each.id === task.id && each.index !== null);
    const failed = instances.filter((each) => each.status === "failed");
    const [first] = failed;
    if (first !== undefined) {
      const said = `${first.id}[${first.index}]: ${describeFailure({ tasks }, first)}`;
      return failed.length === 1 ? said : `${said} (${failed.length} of ${instances.length} failed)`;
    }
  }
  return task.reason ?? "no message";
}

/** Why a run failed where it was no task that did; null: what its tasks say is why. */
export function describeRunFailure({ reason }: Pick<RunView, "reason">): string | null {
  if (reason === "timeout") return "it did not end within the timeout of the run";
  return reason === "internal" ? "an internal error of Lockstep; which: lockstep events" : reason;
}
