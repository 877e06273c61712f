import { findClosest } from "../core/did-you-mean.ts";
import { InvalidInputError } from "../core/errors.ts";
import { listNeeds } from "../core/graph.ts";
import type { RunPlan } from "../core/run-plan.ts";
import type { TaskSpec } from "../core/workflow-spec.ts";

/**
 * The tasks that may be sent back from a checkpoint: those that came before it, and the task itself.
 * @throws {InvalidInputError} where one of them is not.
 */
export function checkRedoTargets(
  name: string,
  plan: RunPlan,
  layer: number | null,
  task: TaskSpec | undefined,
  tasks: readonly string[] | undefined,
): void {
  if (tasks === undefined) return;
  const allowed = layer === null ? listBefore(plan, task) : listUpTo(plan, layer);
  if (tasks.length === 0) throw new InvalidInputError(`${name}: name the tasks to run again, or none of them.`);
  for (const id of tasks) {
    if (allowed.includes(id)) continue;
    const closest = findClosest(id, allowed);
    const meant =
      closest === undefined ? `It can be one of: ${allowed.slice(0, 20).join(", ")}.` : `Did you mean "${closest}"?`;
    throw new InvalidInputError(`${name}: "${id}" is no task before this checkpoint. ${meant} Nothing was done.`);
  }
}

function listUpTo({ spec, graph }: RunPlan, layer: number): string[] {
  return spec.tasks.filter((_, index) => (graph.layer[index] as number) <= layer).map((task) => task.id);
}

function listBefore({ spec, graph }: RunPlan, task: TaskSpec | undefined): string[] {
  const found = new Set<number>();
  const queue = [spec.tasks.findIndex((each) => each.id === task?.id)];
  for (let index = queue.pop(); index !== undefined; index = queue.pop()) {
    if (index < 0 || found.has(index)) continue;
    found.add(index);
    queue.push(...listNeeds(graph, index));
  }
  return [...found].sort((one, other) => one - other).map((index) => (spec.tasks[index] as TaskSpec).id);
}
