import { dirname, resolve } from "node:path";
import { ConflictError } from "../core/errors.ts";
import { formatInstant } from "../schedule/wall-time.ts";
import type { Rows } from "../store/rows.ts";
import type { ScheduleRow, ScheduleRows, WorkflowRow } from "../store/schedule-rows.ts";
import { createDefinitionValue } from "./definition-value.ts";
import type { PlanCache } from "./plan-cache.ts";
import { isProgramPlace } from "./program-place.ts";
import { submitQueuedRun } from "./submission.ts";

export interface ScheduledScope {
  readonly rows: Rows;
  readonly schedules: ScheduleRows;
  readonly plans: PlanCache;
  readonly newUid: () => string;
}

/** A workflow that was loaded well at least once. */
type LoadedWorkflow = WorkflowRow & { readonly definitionId: number };

export interface ScheduledRun {
  readonly inputJson: string;
  /** The instant that the run is for. */
  readonly dueAt: number;
  /** Left out: it stands for no slot. */
  readonly slotId?: number;
}

/** Queues a run of a schedule, as its workflow was loaded last; inside a transaction. Its time has the schedule's zone. */
export function startScheduledRun(scope: ScheduledScope, row: ScheduleRow, run: ScheduledRun, now: number): number {
  const { rows, schedules, plans, newUid } = scope;
  const workflow = getLoadedWorkflow(schedules, row);
  const { spec } = rows.definitions.get(workflow.definitionId);
  const submission = {
    definition: createDefinitionValue(spec),
    inputJson: run.inputJson,
    mode: "detached" as const,
    isRegistered: true as const,
    ...placeRun(workflow.file),
    scheduledAt: formatInstant(row.timezone, run.dueAt),
    ...(run.slotId === undefined ? {} : { slotId: run.slotId }),
    ...(workflow.exportName === null ? {} : { exportName: workflow.exportName }),
    ...(workflow.codeHash === null ? {} : { codeHash: workflow.codeHash }),
  };
  return submitQueuedRun(rows, plans, submission, newUid, now);
}

/** A run of a program has no file: only that program goes on with it. */
function placeRun(file: string): { readonly cwd: string; readonly file?: string } {
  return isProgramPlace(file) ? { cwd: resolve(file) } : { cwd: dirname(file), file };
}

function getLoadedWorkflow(schedules: ScheduleRows, { workflow, name }: ScheduleRow): LoadedWorkflow {
  const found = schedules.findWorkflow(workflow);
  if (found?.definitionId != null) return { ...found, definitionId: found.definitionId };
  throw new ConflictError(
    `The schedule "${name}" cannot start "${workflow}": its file was never loaded, or is gone. Nothing was started. See: lockstep status`,
  );
}
