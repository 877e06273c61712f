import type { LockstepError } from "./errors.ts";
import { ConflictError } from "./errors.ts";

/** The machine of a run (engine.md 1). The one place where its statuses and intents are named. */

export const RUN_STATUSES = ["queued", "running", "waiting", "paused", "succeeded", "failed", "canceled"] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];

/** Only rises, except that `resume` clears a pause. */
export const RUN_INTENTS = ["none", "pause", "stop", "cancel"] as const;
export type RunIntent = (typeof RUN_INTENTS)[number];

/** `foreground`: taken up only by `resume` or a `run` told to; `detached`: by any engine that knows the workflow. */
export const RUN_MODES = ["foreground", "detached"] as const;
export type RunMode = (typeof RUN_MODES)[number];

export type RunEvent =
  | "claim"
  | "succeed"
  | "fail"
  | "cancel"
  | "park"
  | "pause"
  | "ownerLost"
  | "decided"
  | "undone"
  | "resume"
  | "retry";

/** What is absent cannot happen; a person who asks for it gets exit 6. */
const NEXT_RUN_STATUS = {
  queued: { claim: "running", pause: "paused", cancel: "canceled", decided: "queued", undone: "waiting" },
  running: {
    succeed: "succeeded",
    fail: "failed",
    cancel: "canceled",
    park: "waiting",
    pause: "paused",
    ownerLost: "queued",
    decided: "running",
    resume: "running",
  },
  waiting: { pause: "paused", cancel: "canceled", fail: "failed", decided: "queued" },
  paused: { cancel: "canceled", fail: "failed", decided: "paused", resume: "queued" },
  succeeded: { retry: "queued" },
  failed: { retry: "queued" },
  canceled: { retry: "queued" },
} as const satisfies Record<RunStatus, Partial<Record<RunEvent, RunStatus>>>;

export function isFinalRun(status: RunStatus): boolean {
  return status === "succeeded" || status === "failed" || status === "canceled";
}

/** The status after an event, or undefined where the table has none. */
export function findNextRunStatus(status: RunStatus, event: RunEvent): RunStatus | undefined {
  const row: Partial<Record<RunEvent, RunStatus>> = NEXT_RUN_STATUS[status];
  return row[event];
}

/** The status after an event that a person asked for; throws `ConflictError` (exit 6) where there is none. */
export function getNextRunStatus(status: RunStatus, event: RunEvent, describe: () => string): RunStatus {
  const next = findNextRunStatus(status, event);
  if (next === undefined) throw refuseRunEvent(status, event, describe());
  return next;
}

function refuseRunEvent(status: RunStatus, event: RunEvent, run: string): LockstepError {
  const number = /^#(\d+)/.exec(run)?.[1];
  const hint = isFinalRun(status) && number !== undefined ? sayRunAgain(status, number) : undefined;
  return new ConflictError(`${run} is ${status}: it cannot ${event} now. Nothing was done.`, hint ? { hint } : {});
}

/** How a final run is run again. Of one that succeeded nothing has failed: a task has to be named. */
export function sayRunAgain(status: RunStatus, run: number | string): string {
  return status === "succeeded"
    ? `Run a part of it again: lockstep retry ${run} --from TASK`
    : `Run it again: lockstep retry ${run}`;
}

/** The stronger of two intents. */
export function raiseIntent(current: RunIntent, wanted: RunIntent): RunIntent {
  return RUN_INTENTS.indexOf(wanted) > RUN_INTENTS.indexOf(current) ? wanted : current;
}
