import type { TaskSpec } from "../core/workflow-spec.ts";
import { measureRestMs } from "./rest-time.ts";
import type { RunRecord } from "./run-record.ts";
import { measureSpeedup, type Speedup, type WorkDone } from "./run-speedup.ts";
import { type AttemptView, type TaskRecord, toDeclaredIndex } from "./task-records.ts";

interface MeasuredTask {
  readonly task: TaskRecord;
  readonly attempts: readonly AttemptView[];
}

/** The speedup of a run that has ended; its rests before a retry or a resume are not counted. */
export function measureRun(record: RunRecord, tasks: readonly MeasuredTask[]): Speedup | null {
  const { startedAt, finishedAt, maxConcurrent } = record.row;
  if (startedAt === null || finishedAt === null) return null;
  const work = tasks.map(({ task, attempts }): WorkDone => {
    const isExpanded = task.itemsCount !== null && task.itemsCount > 0;
    const workMs = isExpanded ? 0 : attempts.reduce((sum, each) => sum + (each.durationMs ?? 0), 0);
    const index = toDeclaredIndex(task);
    return { index, parent: task.parentId === null ? null : index, workMs };
  });
  const rested = measureRestMs(
    tasks.flatMap(({ task, attempts }) => {
      const waitMaxMs = findLongestWait(record.spec.tasks[toDeclaredIndex(task)]);
      return attempts.map((each) => ({ ...each, taskId: task.id, waitMaxMs }));
    }),
  );
  const wallMs = Math.max(0, finishedAt - startedAt - rested);
  return measureSpeedup(record.spec, work, wallMs, maxConcurrent ?? Number.POSITIVE_INFINITY);
}

/** An engine that is busy begins a try a little later. */
const LATE_MS = 5_000;

function findLongestWait(spec: TaskSpec | undefined): number {
  if (spec?.retry === undefined || spec.retry.attempts === 1) return 0;
  if (spec.kind === "http") return Number.POSITIVE_INFINITY; // a server says how long
  return spec.retry.maxDelayMs * (1 + spec.retry.jitter) + LATE_MS;
}
