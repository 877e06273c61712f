import { findClosest } from "../core/did-you-mean.ts";
import { NotFoundError } from "../core/errors.ts";
import type { RunView, TaskView } from "../views/show-run.ts";

/** `process` or `process[3]`, as people name a task of a run or an instance of a map. */
export function getTask(run: RunView, text: string): TaskView {
  const match = /^(.*?)(?:\[(\d{1,6})\])?$/.exec(text);
  const id = match?.[1] ?? text;
  const index = match?.[2] === undefined ? null : Number(match[2]);
  const found = run.tasks.find((task) => task.id === id && task.index === index);
  if (found !== undefined) return found;
  const instances = run.tasks.filter((task) => task.id === id && task.index !== null).length;
  if (index !== null && run.tasks.some((task) => task.id === id)) {
    throw new NotFoundError(`Run #${run.run} has no ${text}: "${id}" has ${instances} instances, from 0.`);
  }
  const meant = findClosest(id, new Set(run.tasks.map((task) => task.id)));
  const question = meant === undefined ? "" : ` Did you mean "${meant}"?`;
  throw new NotFoundError(`Run #${run.run} (${run.workflow}) has no task "${id}".${question}`);
}
