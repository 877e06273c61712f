import type { ErrorValue } from "../core/errors.ts";
import type { AttemptStatus } from "../core/task-status.ts";
import type { TaskSpec } from "../core/workflow-spec.ts";

/**
 * The port between the engine and what executes. Values cross as JSON text, out as an `Assignment`, back as an
 * `Outcome`; neither side sees the other's database or functions.
 */
export interface Runner {
  /**
   * Runs one attempt to its end. Never rejects: what goes wrong is an outcome. An abort of `signal` starts the grace
   * period; the promise settles only when the attempt is dead.
   */
  execute(assignment: Assignment, signal: AbortSignal): Promise<Outcome>;
  /** Ends what is left, within the grace period, and waits for it. Twice does no harm. */
  close(): Promise<void>;
}

export interface Assignment {
  /** Unique among all attempts of this file: `RUNUID:TASK:ITEM:GENERATION:ATTEMPT`. Commands carry it as LOCKSTEP_ATTEMPT. */
  readonly attemptId: string;
  /** Which program: the hash of the definition's spec. Hosts find the program that they loaded for it. */
  readonly definitionHash: string;
  readonly run: { readonly id: string; readonly uid: string; readonly workflow: string };
  readonly labels: Readonly<Record<string, string>>;
  readonly taskIndex: number;
  readonly spec: TaskSpec;
  /** `expand`: work out the list of a map. `body`: the attempt itself, of a task or of an instance. */
  readonly step: "expand" | "body";
  /** True where a checkpoint of this task was approved: do not ask again. */
  readonly approved: boolean;
  readonly inputJson: string;
  /** Name → recorded JSON; null: there is no output (skipped, failed with leave). */
  readonly needsJson: Readonly<Record<string, string | null>>;
  readonly itemJson: string | null;
  /** Index of the instance; null outside maps. */
  readonly index: number | null;
  readonly attempt: number;
  readonly idempotencyKey: string;
  readonly scheduledAt: string;
  readonly feedback: string | null;
  readonly answersJson: string | null;
  /** Absolute; the file is created when something is first written. Null: nothing is kept. */
  readonly logPath: string | null;
  /** True after an interruption whose culprit is unknown: run it in a worker of its own. */
  readonly alone: boolean;
  /** The default folder of commands: that of the workflow's file. */
  readonly cwd: string;
}

export type Outcome =
  | ({ readonly kind: "succeeded"; /** JSON text; null: no output. */ readonly output: string | null } & Traces)
  | ({
      readonly kind: "failed";
      readonly status: Extract<AttemptStatus, "failed" | "timed_out" | "crashed" | "unresponsive" | "canceled">;
      readonly error: ErrorValue;
      /** False: `retry` is not applied. */
      readonly retryable: boolean;
      /** What a server asked for (Retry-After). */
      readonly retryAfterMs?: number;
      readonly exitCode?: number;
      readonly signal?: string;
    } & Traces)
  /** Its condition was false. */
  | { readonly kind: "skipped" }
  /** A map's list: JSON texts of the instances' items in order, and names for people where there are any. */
  | { readonly kind: "expanded"; readonly items: readonly string[]; readonly labels: readonly string[] | null }
  /** A checkpoint asks before the body; all texts were prepared by the program. */
  | { readonly kind: "asks"; readonly question: PreparedQuestion }
  | { readonly kind: "child"; readonly inputJson: string }
  /** Not its fault: its worker died with others, or the engine is stopping. Does not use up a try. */
  | { readonly kind: "interrupted"; readonly reason: string };

export interface PreparedQuestion {
  readonly message: string;
  readonly risk: "low" | "medium" | "high";
  /** JSON of what is shown; null: nothing. */
  readonly showJson: string | null;
  /** JSON of what the task would be given: arguments, request, list or item; null: only its needs. */
  readonly resolvedJson: string | null;
  readonly timeoutMs: number | null;
  readonly onTimeout: "hold" | "approve" | "reject";
}

export interface Traces {
  readonly logBytes?: number;
  /** Bytes of the log that were cut out. */
  readonly logCut?: number;
}
