/** What people do with a schedule besides editing its file. Each call belongs inside a transaction. */

import { NotFoundError } from "../core/errors.ts";
import type { EventKind } from "../core/event-kind.ts";
import { PAUSED_FOR_GOOD_AT } from "../schedule/pause.ts";
import type { Rows } from "../store/rows.ts";
import type { ScheduleRow, ScheduleRows } from "../store/schedule-rows.ts";
import { type ScheduledScope, startScheduledRun } from "./start-scheduled-run.ts";

interface PauseScope {
  readonly rows: Rows;
  readonly schedules: ScheduleRows;
}

/**
 * Slots that are due before `untilAt` are skipped; null: until somebody resumes it. A pause that is there is replaced.
 * @throws {NotFoundError}
 */
export function pauseSchedule(scope: PauseScope, id: number, untilAt: number | null, now: number): ScheduleRow {
  const row = getSchedule(scope.schedules, id);
  scope.schedules.pauseUntil(id, untilAt ?? PAUSED_FOR_GOOD_AT);
  noteSchedule(scope.rows, "schedule.paused", row, { until: untilAt }, now);
  return row;
}

/**
 * Slots are fired again from now on; those of the pause are skipped.
 * @returns false where it was not paused: nothing was done
 * @throws {NotFoundError}
 */
export function resumeSchedule(scope: PauseScope, id: number, now: number): boolean {
  const row = getSchedule(scope.schedules, id);
  if (row.pausedUntilAt === null || row.pausedUntilAt <= now) return false;
  scope.schedules.pauseUntil(id, now); // the next turn writes what was skipped, and takes it away
  noteSchedule(scope.rows, "schedule.resumed", row, {}, now);
  return true;
}

/**
 * Starts one run now, beside the ledger: its time is now, no slot stands for it, and it holds none up.
 * @param inputJson the schedule's input, checked and completed by the workflow's schema
 * @throws {NotFoundError} {ConflictError} where its workflow cannot be started
 */
export function triggerSchedule(scope: ScheduledScope, id: number, inputJson: string, now: number): number {
  const row = getSchedule(scope.schedules, id);
  const run = startScheduledRun(scope, row, { inputJson, dueAt: now }, now);
  noteSchedule(scope.rows, "schedule.triggered", row, { run }, now);
  return run;
}

export function getSchedule(schedules: ScheduleRows, id: number): ScheduleRow {
  const found = schedules.find(id);
  if (found === undefined) throw new NotFoundError(`No schedule ${id}. All of them: lockstep schedules`);
  return found;
}

function noteSchedule(
  rows: Rows,
  kind: EventKind,
  { workflow, name }: ScheduleRow,
  data: Readonly<Record<string, unknown>>,
  now: number,
): void {
  rows.events.insert(null, [{ kind, data: { workflow, schedule: name, ...data } }], now);
}
