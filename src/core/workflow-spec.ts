/**
 * A workflow as a plain value: all that the engine, the database and the screens know of it. What a workflow *does*
 * (its functions and templates) is its program (`definition/program.ts`); the two are joined by the task's index.
 *
 * The stored text is the canonical JSON of this value, so absent means default and nothing is `undefined`.
 */

/** The version of this shape; a file or a package with a newer one is refused. */
export const SPEC_FORMAT = 1;

export type TaskKind = "function" | "command" | "http" | "child" | "confirm";
export type Strategy = "layers" | "eager";
export type OnFailure = "continue" | "stop";
export type Trigger = "all_succeeded" | "all_done" | "any_failed";
export type Risk = "low" | "medium" | "high";
export type OnTimeout = "hold" | "approve" | "reject";

/** A JSON Schema document, as a value. */
export type JsonSchema = { readonly [key: string]: unknown };

export interface WorkflowSpec {
  readonly format: typeof SPEC_FORMAT;
  readonly name: string;
  readonly description?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** JSON Schema of the input, where the schema library can make one. */
  readonly input?: JsonSchema;
  /** At most so many tasks of one run at once; absent: as many as the engine allows. */
  readonly maxConcurrent?: number;
  /** Absent: `layers`. */
  readonly strategy?: Strategy;
  /** Absent: `continue`. */
  readonly onFailure?: OnFailure;
  readonly timeoutMs?: number;
  /** A review after each layer but the last. */
  readonly review?: LayerReviewSpec;
  readonly returns?: ReturnsSpec;
  readonly schedules?: readonly ScheduleSpec[];
  readonly resources?: Readonly<Record<string, ResourceSpec>>;
  readonly notify?: Readonly<Partial<Record<"failed" | "succeeded" | "checkpoint" | "late", string>>>;
  /** Names of secrets and where each comes from; never a value. */
  readonly secrets?: Readonly<Record<string, SecretSource>>;
  /** In layer order, then in the order of declaration: a layer is a range of indices. A need's index is smaller than its own. */
  readonly tasks: readonly TaskSpec[];
}

export interface TaskSpec {
  readonly id: string;
  readonly kind: TaskKind;
  readonly description?: string;
  /** Name in `needs` → index of the task that it is the output of. */
  readonly needs?: Readonly<Record<string, number>>;
  /** Indices of tasks that come before, without data. */
  readonly after?: readonly number[];
  /** Absent: `all_succeeded`. */
  readonly when?: Trigger;
  /** True where the program has a condition. */
  readonly conditional?: true;
  readonly map?: MapSpec;
  readonly retry?: RetrySpec;
  readonly timeoutMs?: number;
  readonly graceMs?: number;
  /** Resource name → how much of it one attempt takes. */
  readonly uses?: Readonly<Record<string, number>>;
  /** Larger goes first; absent: 0. */
  readonly priority?: number;
  readonly allowFailure?: true;
  readonly checkpoint?: CheckpointSpec;
  /** `process`: each attempt has a worker of its own. */
  readonly isolation?: "process";
  /** JSON Schema of the output, where one was declared; an edit is checked against it. */
  readonly output?: JsonSchema;
  /** The name of the child workflow. */
  readonly child?: string;
}

export interface MapSpec {
  /** Items per instance. */
  readonly batch?: number;
  /** Number of instances that the list is split into. */
  readonly chunks?: number;
  readonly maxConcurrent?: number;
  readonly maxItems?: number;
  /** A fraction of the instances in (0, 1), or a number of them from 1 on, that may fail. */
  readonly tolerate?: number;
}

export interface RetrySpec {
  /** All attempts, the first included; at least 1. */
  readonly attempts: number;
  readonly backoffMs: number;
  readonly factor: number;
  readonly maxDelayMs: number;
  /** Fraction of the delay that chance decides, 0 to 1. */
  readonly jitter: number;
}

export interface LayerReviewSpec {
  readonly risk?: Risk;
  readonly timeoutMs?: number;
  readonly onTimeout?: OnTimeout;
}

export interface CheckpointSpec extends LayerReviewSpec {
  /** The text, where it is not computed by the program. */
  readonly message?: string;
  /** JSON Schema of the answers. */
  readonly fields?: JsonSchema;
  /** On a map: ask for every instance. */
  readonly each?: true;
  /** True where an agent is asked first. */
  readonly reviewed?: true;
  readonly maxRisk?: Risk;
}

/** A run's result: one task's output, a record of several, or what the program computes of the outputs. */
export type ReturnsSpec =
  | { readonly kind: "task"; readonly task: number }
  | { readonly kind: "record"; readonly tasks: Readonly<Record<string, number>> }
  | { readonly kind: "template"; readonly template: unknown };

export interface ScheduleSpec {
  readonly name: string;
  readonly cron: string;
  readonly timezone?: string;
  readonly catchup?: "none" | "latest" | "all";
  readonly catchupWindowMs?: number;
  readonly overlap?: "skip" | "queue" | "cancel" | "allow";
  readonly whileWaiting?: "hold" | "supersede" | "queue";
  readonly jitterMs?: number;
  readonly gap?: "shift" | "skip";
  readonly repeat?: "first" | "both";
  readonly from?: string;
  readonly until?: string;
  readonly input?: unknown;
}

export type ResourceSpec =
  | { readonly slots: number }
  | { readonly capacity: number }
  | { readonly rate: number; readonly windowMs: number; readonly burst?: number };

export type SecretSource =
  | { readonly env: string }
  | { readonly file: string }
  | { readonly command: readonly string[] };

const RETRY_DEFAULTS = { backoffMs: 1_000, factor: 2, maxDelayMs: 5 * 60_000, jitter: 0.2 } as const;

/** What an author left out of `retry`, filled in. The longest delay is 5 minutes, or the first where that is longer. */
export function completeRetry(given: Pick<RetrySpec, "attempts"> & Partial<RetrySpec>): RetrySpec {
  const backoffMs = given.backoffMs ?? RETRY_DEFAULTS.backoffMs;
  return {
    attempts: given.attempts,
    backoffMs,
    factor: given.factor ?? RETRY_DEFAULTS.factor,
    maxDelayMs: given.maxDelayMs ?? Math.max(RETRY_DEFAULTS.maxDelayMs, backoffMs),
    jitter: given.jitter ?? RETRY_DEFAULTS.jitter,
  };
}

/** `^[a-z][a-z0-9-]{0,62}$`, of workflows; tasks may also hold capitals and underscores. */
export const WORKFLOW_NAME = /^[a-z][a-z0-9-]{0,62}$/;
export const TASK_ID = /^[A-Za-z][A-Za-z0-9_-]{0,62}$/;
