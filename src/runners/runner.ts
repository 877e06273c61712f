import type { Outcome } from "../core/outcome.ts";
import type { TaskSpec } from "../core/workflow-spec.ts";

export type { Outcome, PreparedQuestion, Traces } from "../core/outcome.ts";

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
  /** Of a task whose checkpoint was approved: what exactly was. */
  readonly approval?: Approval;
  /** Absolute; the file is created when something is first written. Null: nothing is kept. */
  readonly logPath: string | null;
  /** True after an interruption whose culprit is unknown: run it in a worker of its own. */
  readonly alone: boolean;
  /** The engine's uid: its processes carry it as LOCKSTEP_ENGINE, so that the next engine finds those that outlived it. */
  readonly engineUid?: string;
  /** Absolute: what a command that calls Lockstep itself finds as LOCKSTEP_DB. */
  readonly databasePath?: string;
  /** The default folder of commands: that of the workflow's file. */
  readonly cwd: string;
  /** Put in by the runner itself, where the workflow declares secrets: the engine knows no values. */
  readonly secrets?: GivenSecrets;
}

/** What an attempt knows of the secrets that its workflow declares. It crosses to worker processes; no row ever has it. */
export interface GivenSecrets {
  readonly values: Readonly<Record<string, string>>;
  /** Those that could not be had, each with what is thrown where it is used. */
  readonly missing: Readonly<Record<string, MissingSecret>>;
  /** What people should read in the attempt's log. */
  readonly notes: readonly string[];
}

export interface MissingSecret {
  /** `secret_missing`: another attempt would miss it, too. `secret_failed`: its command failed this time. */
  readonly code: "secret_missing" | "secret_failed";
  readonly message: string;
}

/** What was approved: if the task would now be given something else, it is asked for again. */
export interface Approval {
  /** SHA-256 of the resolved input that was shown; null: only its needs were. */
  readonly seenInputHash: string | null;
  /** JSON of the input as it was edited; null: as it was. */
  readonly editedJson: string | null;
  /** Places of the items of a map that run; null: all. */
  readonly only: readonly number[] | null;
}
