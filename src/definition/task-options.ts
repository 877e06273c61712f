/** The options of tasks, as an author writes them. `read-task-options.ts` checks them. */

import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { Jsonify } from "../core/jsonify.ts";
import type { OnTimeout, Risk } from "../core/workflow-spec.ts";
import type { LabelContext, PlanContext } from "./contexts.ts";
import type { TaskHandle } from "./handles.ts";
import type { ResolvedCheckpoint, ReviewedCheckpoint } from "./program.ts";

/** Any schema that gives `T`: zod, valibot, arktype and whatever else speaks Standard Schema. */
export type SchemaOf<T> = StandardSchemaV1<unknown, T>;
export type MaybePromise<T> = T | Promise<T>;

export interface RetryOptions {
  /** All attempts, the first included: 3 is one try and two retries. */
  readonly attempts: number;
  /** Before the second attempt; default `1s`. */
  readonly backoff?: string;
  /** The delay grows by it with each attempt; default 2. */
  readonly factor?: number;
  /** Default `5m`. */
  readonly maxDelay?: string;
  /** Fraction of the delay that chance decides, 0 to 1; default 0.2. */
  readonly jitter?: number;
}

/** Generic over what is inferred: the workflow's input, the needs, the trigger, `allowFailure`, what `if` returns, the answers. */
export interface CommonOptions<Input, N, When, Leaves, Condition, Answers> {
  readonly description?: string;
  /** Tasks whose outputs this one gets: a record (`needs.a`) or a list (named by id). */
  readonly needs?: N;
  /** Tasks that come before, without data. */
  readonly after?: readonly TaskHandle[];
  /** When it starts, once all its needs have ended. Default: `all_succeeded`. */
  readonly when?: When;
  /** False skips the task. */
  readonly if?: (context: PlanContext<Input, N, When>) => Condition;
  readonly retry?: RetryOptions;
  /** Of one attempt, such as `30s`. */
  readonly timeout?: string;
  /** Between the abort (or SIGTERM) and the end; default `5s`. */
  readonly grace?: string;
  /** Resources that an attempt takes: `["db"]`, or how much of each. */
  readonly uses?: readonly string[] | Readonly<Record<string, number>>;
  /** Larger goes first; default 0. */
  readonly priority?: number;
  /** Its failure counts as success for what comes after; its output may then be undefined. */
  readonly allowFailure?: Leaves;
  /** A person decides before the task starts. As a function: null asks nothing this time. */
  readonly checkpoint?:
    | CheckpointOptions<Input, N, When, Answers>
    | ((context: PlanContext<Input, N, When>) => MaybePromise<ResolvedCheckpoint | null>);
}

export interface CheckpointOptions<Input, N, When, Answers> {
  readonly message?: string | ((context: PlanContext<Input, N, When>) => MaybePromise<string>);
  /** What the person should see beside the task's inputs. At most 64 KiB. */
  readonly show?: Shown | ((context: PlanContext<Input, N, When>) => unknown);
  /** Default: `medium`. */
  readonly risk?: Risk;
  readonly timeout?: string;
  /** Default: `hold`. Only `approve`, written here, ever approves by itself. */
  readonly onTimeout?: OnTimeout;
  /** A small form; the task gets what was filled in as `answers`. */
  readonly fields?: SchemaOf<Answers>;
  /** False asks nothing. */
  readonly if?: (context: PlanContext<Input, N, When>) => unknown;
  /** On a map: every instance is asked for, instead of all at once. */
  readonly each?: boolean;
  /** Asked before people are. If it throws or passes, people are asked. */
  readonly review?: (checkpoint: ReviewedCheckpoint) => MaybePromise<ReviewVerdict>;
  /** The highest risk that `review` may decide; default `low`. */
  readonly maxRisk?: Risk;
}

export interface ReviewVerdict {
  readonly decision: "approve" | "reject" | "pass";
  readonly comment?: string;
}

export interface FunctionOptions<Input, N, When, Leaves, Condition, Answers>
  extends CommonOptions<Input, N, When, Leaves, Condition, Answers> {
  /** What the task returns (of a map, for each item) must fit it, and so must an edit by a person. The value stays as it is. */
  readonly output?: StandardSchemaV1;
  /** `process`: each attempt has a worker process of its own. */
  readonly isolation?: "process";
}

/** A list of `Item`: the output of a task, or what a function makes of input and needs. */
export type Over<Input, N, When, Item> =
  | TaskHandle<string, readonly Item[] | null | undefined>
  | ((context: PlanContext<Input, N, When>) => MaybePromise<readonly Item[]>);

export interface MapOptions<Input, N, When, Leaves, Condition, Answers, Item, Given, Batch, Chunks, Tolerate>
  extends FunctionOptions<Input, N, When, Leaves, Condition, Answers> {
  readonly over: Over<Input, N, When, Item>;
  /** Items per instance; `item` is then a list. */
  readonly batch?: Batch;
  /** Number of instances that the list is split into; `item` is then a list. */
  readonly chunks?: Chunks;
  /** The name that people see of an instance. */
  readonly label?: (context: LabelContext<Input, N, When, Given>) => string;
  /** At most so many instances at once. */
  readonly maxConcurrent?: number;
  /** A longer list fails the task; default 10,000. */
  readonly maxItems?: number;
  /** A fraction of the instances (below 1) or a number of them that may fail; their outputs are null. */
  readonly tolerate?: Tolerate;
}

type Shown = string | number | boolean | null | readonly unknown[] | { readonly [key: string]: unknown };

/** The item that a map's function gets: a list where there are batches or chunks. */
export type ItemGiven<Item, Batch, Chunks> = [Batch | Chunks] extends [never] ? Jsonify<Item> : Jsonify<Item>[];

/** A map's output, in the order of the list; with `tolerate`, null for an instance that failed. */
export type MapOutput<Result, Tolerate> = Jsonify<(Awaited<Result> | ([Tolerate] extends [never] ? never : null))[]>;

/** What consumers get where the task may be skipped by its `if` or fail with leave. */
export type Possibly<Output, Leaves, Condition> = [Leaves, Condition] extends [false, never]
  ? Output
  : Output | undefined;
