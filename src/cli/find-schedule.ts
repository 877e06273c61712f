import { findClosest } from "../core/did-you-mean.ts";
import { NotFoundError } from "../core/errors.ts";
import { sanitizeLine } from "../core/sanitize-text.ts";
import type { ScheduleView } from "../views/list-schedules.ts";
import { createUsageError } from "./read-options.ts";

/**
 * The schedule that a person means by `NAME`, of a schedule or of a workflow with one schedule, or by `WORKFLOW/NAME`.
 * @throws {NotFoundError} with the closest name and the file that was read
 */
export function findSchedule(all: readonly ScheduleView[], name: string, shownPath: string): ScheduleView {
  const exact = all.filter((each) => toFullName(each) === name);
  const named = all.filter((each) => each.name === name);
  const owned = all.filter((each) => each.workflow === name);
  for (const found of [exact, named, owned]) {
    const [first, second] = found;
    if (first !== undefined && second === undefined) return first;
    if (first !== undefined) throw createAmbiguousError(name, found);
  }
  throw createNoScheduleError(all, name, shownPath);
}

function toFullName({ workflow, name }: ScheduleView): string {
  return `${workflow}/${name}`;
}

function createAmbiguousError(name: string, found: readonly ScheduleView[]): Error {
  const names = found.map(toFullName).join(", ");
  return createUsageError(`"${name}" means ${found.length} schedules. Name one of them: ${sanitizeLine(names)}`);
}

function createNoScheduleError(all: readonly ScheduleView[], name: string, shownPath: string): NotFoundError {
  if (all.length === 0) {
    return new NotFoundError(`No schedule "${name}": there are none in ${shownPath}.`, {
      hint: "A daemon writes them: lockstep daemon --workflows DIR",
    });
  }
  const meant = findClosest(
    name,
    all.flatMap((each) => [each.name, each.workflow]),
  );
  const question = meant === undefined ? "" : ` Did you mean "${meant}"?`;
  return new NotFoundError(`No schedule "${name}" in ${shownPath}.${question}`, { hint: "All: lockstep schedules" });
}
