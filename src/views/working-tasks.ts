import type { TaskView } from "./show-run.ts";

/** The tasks at which work is done: a map that has instances only stands for them. */
export function listWorkingTasks(tasks: readonly TaskView[]): TaskView[] {
  const maps = new Set(tasks.filter((task) => task.index !== null).map((task) => task.id));
  return tasks.filter((task) => task.index !== null || !maps.has(task.id));
}
