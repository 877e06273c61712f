import type { CheckpointStatus } from "./checkpoint-status.ts";
import { findClosest } from "./did-you-mean.ts";
import { InvalidInputError } from "./errors.ts";
import type { RunStatus } from "./run-status.ts";
import type { TaskStatus } from "./task-status.ts";

/** What the event log tells, as `SUBJECT.WHAT`: what comes into a status tells that. */
export type EventKind =
  | `run.${RunStatus}`
  | `task.${TaskStatus}`
  | `checkpoint.${CheckpointStatus}`
  | (typeof EVENT_KINDS)[number];

/** All that are ever told. */
export const EVENT_KINDS = [
  ...(["run.queued", "run.started", "run.waiting", "run.paused", "run.resumed", "run.interrupted"] as const),
  ...(["run.succeeded", "run.failed", "run.canceled", "run.retried"] as const),
  ...(["run.pausing", "run.stopping", "run.canceling", "run.code_changed", "run.internal_error"] as const),
  ...(["task.started", "task.waiting", "task.retrying", "task.interrupted", "task.edited"] as const),
  ...(["task.succeeded", "task.failed", "task.skipped", "task.canceled"] as const),
  ...(["tasks.reset", "map.expanded", "child.started"] as const),
  ...(["checkpoint.opened", "checkpoint.approved", "checkpoint.rejected", "checkpoint.sent_back"] as const),
  ...(["checkpoint.applied", "checkpoint.passed", "checkpoint.superseded", "checkpoint.undone"] as const),
  ...(["schedule.paused", "schedule.resumed", "schedule.triggered", "schedule.zone_changed"] as const),
  ...(["slot.late", "slot.missed", "resource.changed", "notice.failed"] as const),
] as const;

/**
 * Whether an event is of one of these kinds. `run` stands for `run.started`, `run.failed` and all others of runs.
 * @param name of the option, for the error
 * @throws {InvalidInputError} where there is no such kind
 */
export function createKindFilter(types: readonly string[], name: string): (kind: string) => boolean {
  const subjects = EVENT_KINDS.map((kind) => kind.slice(0, kind.indexOf(".")));
  const known = new Set<string>([...EVENT_KINDS, ...subjects]);
  for (const type of types) {
    if (known.has(type)) continue;
    const closest = findClosest(type, known);
    const question = closest === undefined ? "" : ` Did you mean "${closest}"?`;
    throw new InvalidInputError(
      `${name}: expected kinds of events such as run.failed, or run for all of runs, found "${type}".${question} There are: ${EVENT_KINDS.join(", ")}`,
    );
  }
  return (kind) => types.some((type) => kind === type || kind.startsWith(`${type}.`));
}
