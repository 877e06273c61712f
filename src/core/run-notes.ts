import type { ErrorValue } from "./errors.ts";
import type { EventKind } from "./event-kind.ts";
import type { RunState } from "./run-state.ts";
import type { AttemptRecord, TaskNode } from "./task-node.ts";

/** What a transaction tells beside the statuses: facts for the event log, and the rows of attempts. */

/** Notes that something happened to a node; facts of one kind in one transaction become one. */
export function noteTask(state: RunState, kind: EventKind, index: number): void {
  const last = state.events.at(-1);
  if (last?.kind === kind && last.tasks !== undefined) last.tasks.push(index);
  else state.events.push({ kind, tasks: [index] });
}

export function noteFact(
  state: RunState,
  kind: EventKind,
  data?: Readonly<Record<string, unknown>>,
  task?: number,
): void {
  state.events.push({ kind, ...(task === undefined ? {} : { task }), ...(data === undefined ? {} : { data }) });
}

/** The row of an attempt that was not a plain first success. */
export function recordAttempt(
  state: RunState,
  node: TaskNode,
  status: AttemptRecord["status"],
  now: number,
  details: { error?: ErrorValue; exitCode?: number; signal?: string; logBytes?: number; logCut?: number } = {},
): void {
  state.attempts.push({
    node,
    generation: node.generation,
    number: node.attempt,
    status,
    errorJson: details.error === undefined ? null : JSON.stringify(details.error),
    exitCode: details.exitCode ?? null,
    signal: details.signal ?? null,
    logBytes: details.logBytes ?? null,
    logCut: details.logCut ?? null,
    startedAt: node.startedAt,
    finishedAt: now,
  });
}
