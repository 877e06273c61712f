import type { TaskView } from "../views/show-run.ts";

/** The stretch of time that a row of columns stands for. */
export interface TimeAxis {
  readonly startAt: number;
  readonly endAt: number;
  readonly columns: number;
}

/**
 * When a task ran: `█` while an attempt ran, `x` where one failed, `░` between attempts. What was shorter than a column
 * still has one.
 */
export function drawBar(axis: TimeAxis, task: TaskView, now: number): string {
  const { columns } = axis;
  const cells = new Array<string>(columns).fill(" ");
  const place = (at: number): number => {
    const part = (at - axis.startAt) / Math.max(1, axis.endAt - axis.startAt);
    return Math.max(0, Math.min(columns - 1, Math.floor(part * columns)));
  };
  let lastEnd: number | undefined;
  for (const attempt of task.attempts) {
    if (attempt.startedAt === null) continue;
    const start = place(attempt.startedAt);
    const end = place(attempt.finishedAt ?? now);
    if (lastEnd !== undefined) cells.fill("░", lastEnd + 1, start);
    cells.fill("█", start, end + 1);
    if (attempt.status !== "succeeded" && attempt.status !== "running") cells[end] = "x";
    lastEnd = end;
  }
  return cells.join("").trimEnd();
}
