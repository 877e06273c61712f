import { isFinalRun } from "../core/run-status.ts";
import { readRunProgress } from "../views/run-progress.ts";
import { findRunStatus, type SeenRunStatus } from "../views/run-record.ts";
import type { CommandContext } from "./command-context.ts";
import type { Execution } from "./execution.ts";
import type { Database } from "./open-database.ts";
import { ProgressLines } from "./progress-lines.ts";
import { waitForChange } from "./wait-for-change.ts";

/** Between two looks at a run's progress. */
const LOOK_EVERY_MS = 100;
/** Looking takes at most this part of the time, however large the run is. */
const LOOK_SHARE = 20;

export interface Followed {
  readonly status: SeenRunStatus;
  /** The person asked to stop: once, or twice to stop at once. */
  readonly wasInterrupted: boolean;
}

/** Nobody executes it any more, until a person does something. */
export function isAtRest(status: SeenRunStatus): boolean {
  return status === "interrupted" || isFinalRun(status) || status === "waiting" || status === "paused";
}

/**
 * Shows the progress of a run that this process executes, until it is at rest. The first interrupt lets what runs end
 * within its grace; the second returns at once.
 */
export async function followExecution(context: CommandContext, execution: Execution, runId: number): Promise<Followed> {
  const { engine, failure } = execution;
  const rest = Promise.withResolvers<void>();
  const endWatch = engine.watch(runId, (status) => {
    if (isAtRest(status)) rest.resolve();
  });
  let interrupts = 0;
  const endInterrupts = context.onInterrupt(() => {
    interrupts += 1;
    if (interrupts === 1) {
      context.output.writeError("\nStopping: what runs may end. Once more stops at once.\n");
      void engine.stop().then(rest.resolve, rest.resolve);
    } else {
      execution.abandon();
      rest.resolve();
    }
  });
  try {
    const status = await followUntil(context, execution, runId, [rest.promise, failure]);
    return { status, wasInterrupted: interrupts > 0 };
  } finally {
    endWatch();
    endInterrupts();
  }
}

/** Shows the progress of a run that some process executes, until it is at rest or the person has seen enough. */
export async function followElsewhere(context: CommandContext, database: Database, runId: number): Promise<Followed> {
  const seenEnough = Promise.withResolvers<void>();
  let wasInterrupted = false;
  const endInterrupts = context.onInterrupt(() => {
    wasInterrupted = true;
    seenEnough.resolve();
  });
  try {
    const status = await followUntil(context, database, runId, [seenEnough.promise]);
    return { status, wasInterrupted };
  } finally {
    endInterrupts();
  }
}

async function followUntil(
  context: CommandContext,
  { store, isEngineAlive }: Database,
  runId: number,
  sooner: readonly Promise<void>[],
): Promise<SeenRunStatus> {
  const { clock, output } = context;
  const lines = new ProgressLines(output);
  let isOver = false;
  const over = Promise.race(sooner).then(() => {
    isOver = true;
  });
  for (;;) {
    const wasOver = isOver;
    const startedAt = clock.now();
    const status = findRunStatus(store, runId, isEngineAlive) ?? "interrupted";
    lines.show(
      readRunProgress(store, runId, (layer) => lines.isWanted(layer)),
      startedAt,
    );
    if (wasOver || isAtRest(status)) {
      lines.end();
      return status;
    }
    const tookMs = clock.now() - startedAt;
    await waitForChange(context, Math.max(LOOK_EVERY_MS, tookMs * LOOK_SHARE), over);
  }
}
