/** An attempt of a task, as far as time is concerned. */
export interface TimedAttempt {
  readonly taskId: number;
  readonly generation: number;
  readonly status: string;
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
  /** The longest wait that its task lays between two tries by itself; 0: it has no further try. */
  readonly waitMaxMs: number;
}

/**
 * How long a run rested before it was retried or resumed: the gaps in which no attempt was under way, and after which a task
 * runs again because of that. Waits between the tries of a task, and for people, are the run's own time.
 */
export function measureRestMs(attempts: readonly TimedAttempt[]): number {
  const timed = attempts.flatMap(({ startedAt, finishedAt, ...each }) =>
    startedAt === null ? [] : [{ ...each, startedAt, finishedAt: finishedAt ?? startedAt }],
  );
  timed.sort((one, other) => one.startedAt - other.startedAt);
  const last = new Map<number, (typeof timed)[number]>();
  let restMs = 0;
  let busyUntilAt = timed[0]?.startedAt ?? 0;
  for (const attempt of timed) {
    const before = last.get(attempt.taskId);
    if (before !== undefined && isAgain(before, attempt) && attempt.startedAt > busyUntilAt)
      restMs += attempt.startedAt - busyUntilAt;
    busyUntilAt = Math.max(busyUntilAt, attempt.finishedAt);
    last.set(attempt.taskId, attempt);
  }
  return restMs;
}

/** True where somebody let the task run again, and not its own `retry`. */
function isAgain(
  before: TimedAttempt & { finishedAt: number },
  attempt: TimedAttempt & { startedAt: number },
): boolean {
  if (before.status === "interrupted" || before.generation < attempt.generation) return true;
  return attempt.startedAt - before.finishedAt > attempt.waitMaxMs;
}
