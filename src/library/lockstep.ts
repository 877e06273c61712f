import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { CheckpointView } from "../core/checkpoint-view.ts";
import type { Actor, Decision } from "../core/decision.ts";
import type { EventView } from "../core/event-view.ts";
import type { Verdict } from "../core/verdict.ts";
import type { Risk } from "../core/workflow-spec.ts";
import type { RunFacts } from "../definition/program.ts";
import type { Workflow } from "../definition/workflow-builder.ts";
import type { RunHandle } from "./run-handle.ts";

export interface StartOptions {
  /** The same key with the same input is the same run; with another input: `KeyConflictError`. */
  readonly key?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly maxConcurrent?: number;
  /** A person reviews each layer but the last. */
  readonly review?: boolean;
}

/** The engine inside a program. It installs no signal handlers, never exits, never prints. */
export interface Lockstep extends AsyncDisposable {
  /** Starts a run and resolves with its result. An abort of `signal` cancels the run. Rejects with `RunFailedError` or `RunCanceledError`. */
  run<I, O>(workflow: Workflow<I, O>, input: I, options?: StartOptions & { readonly signal?: AbortSignal }): Promise<O>;
  /** Returns once the run is committed. The schema of the input has to be synchronous. */
  start<I, O>(workflow: Workflow<I, O>, input: I, options?: StartOptions): RunHandle<O>;
  /** A run of this file, by its number. Throws `NotFoundError`. */
  handle<O = unknown>(run: string): RunHandle<O>;
  /** What waits for a decision, in the order in which it was asked. */
  checkpoints(options?: CheckpointsOptions): Checkpoint[];
  /**
   * Decides what was seen: `checkpoint` carries its hash. The same decision again is `repeated`.
   * @throws {StaleDecisionError} where it has changed since; {ConflictError} where it was decided otherwise, or may not
   * be decided by an agent; {InvalidInputError} where the decision does not fit. Nothing was done then.
   */
  decide(checkpoint: Checkpoint, decision: Decision, by: Actor): { readonly outcome: "applied" | "repeated" };
  /**
   * Asks a person and waits. With a `key` the question is found again after a crash. Only `approved` approves.
   * @throws {KeyConflictError} where the key was used for another question.
   */
  ask(question: AskOptions): Promise<Verdict>;
  /** What happens, in order, from `after` on; each event has a `seq`: continue there. Ends with the abort of `signal`, or `close`. */
  events(options?: FollowOptions): AsyncIterable<EventView>;
  /**
   * Is a daemon inside this process: fires the schedules of the workflows that were given to `open`, each due slot once
   * over all processes of the file, and takes up what is queued, until `signal` aborts or `close` is called. Then it ends
   * what runs within its grace, gives it back, and resolves; only `close` is left to be called.
   * @throws {ConflictError} where it works already, or was opened with `execute: false`; rejects where the engine cannot
   * go on.
   */
  work(options?: { readonly signal?: AbortSignal }): Promise<void>;
  /** Ends what runs within its grace and gives it back; nothing is lost. Twice does no harm. */
  close(): Promise<void>;
}

export type Checkpoint = CheckpointView;

export interface CheckpointsOptions {
  /** The number of a run. */
  readonly run?: string;
  readonly workflow?: string;
  readonly limit?: number;
}

export interface AskOptions {
  readonly message: string;
  /** What the person should see; at most 64 KiB of JSON. */
  readonly show?: unknown;
  /** Default: `medium`. */
  readonly risk?: Risk;
  /** A form; `answers` of the verdict is what was filled in. */
  readonly fields?: StandardSchemaV1;
  readonly key?: string;
  /** After which it is denied, such as `20m`; left out: it waits for as long as it takes. */
  readonly timeout?: string;
  /** Who asks; an agent never decides its own question. Default: the user of this process. */
  readonly by?: Actor;
  /** `ctx.run` of the task that asks: the question belongs to its run, and is void once that has ended. */
  readonly run?: Pick<RunFacts, "id" | "uid" | "task">;
  /** Ends the waiting; the question stays. */
  readonly signal?: AbortSignal;
}

export interface FollowOptions {
  /** Only events with a larger seq; default: all that the file has. */
  readonly after?: number;
  /** Such as `task.failed`, or `task` for all of tasks; left out: all. */
  readonly types?: readonly string[];
  readonly signal?: AbortSignal;
}
