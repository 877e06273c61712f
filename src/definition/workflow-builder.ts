import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { JsonAccepted, Jsonify } from "../core/jsonify.ts";
import type { Trigger } from "../core/workflow-spec.ts";
import type { CommandOutput, ExecOptions, HttpOptions, OutputMode, ShellOptions } from "./command-options.ts";
import type { CommandValue } from "./command-text.ts";
import type { AnsweredContext, ItemContext, RunContext } from "./contexts.ts";
import type { AllSucceeded, Needs, NoNeeds, OutputOf, TaskHandle } from "./handles.ts";
import type { RequestPlan } from "./program.ts";
import type { ShellCommand } from "./shell-template.ts";
import type {
  CheckpointOptions,
  CommonOptions,
  FunctionOptions,
  ItemGiven,
  MapOptions,
  MapOutput,
  MaybePromise,
  Possibly,
} from "./task-options.ts";

/**
 * A workflow: what `export default` hands to Lockstep and `run` takes. `Input` is what callers give, `Output` what a
 * run results in. Recognized by a mark and a format version, so that one made by another copy of this package works.
 */
export interface Workflow<in Input = never, out Output = unknown> {
  readonly name: string;
  /** For the types alone; never there at run time. */
  readonly "~input"?: (input: Input) => void;
  /** For the types alone; never there at run time. */
  readonly "~output"?: Output;
}

/** What an http task results in. A body that is not JSON is text. */
export interface HttpOutput {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: unknown;
}

type Plan<T> = MaybePromise<T>;

/**
 * Declares the tasks of a workflow. Every method takes an id (a letter, then letters, digits, `_` and `-`; at most 63), returns
 * the task's handle, and throws `InvalidDefinitionError` where an id, an option or a handle is wrong.
 */
export interface WorkflowBuilder<Given, Input, Secrets extends string = never> extends Workflow<Given> {
  /** A function. What it returns is recorded as JSON; it may run again after a crash, with the same `idempotencyKey`. */
  task<const Id extends string, R>(
    id: Id,
    body: (context: RunContext<Input, NoNeeds, AllSucceeded, undefined, Secrets>) => R & JsonAccepted<Awaited<R>>,
  ): TaskHandle<Id, Jsonify<Awaited<R>>>;
  task<
    const Id extends string,
    R,
    const N extends Needs = NoNeeds,
    const When extends Trigger = AllSucceeded,
    const Leaves extends boolean = false,
    Condition = never,
    Answers = undefined,
  >(
    id: Id,
    options: FunctionOptions<Input, N, When, Leaves, Condition, Answers>,
    body: (context: RunContext<Input, N, When, Answers, Secrets>) => R & JsonAccepted<Awaited<R>>,
  ): TaskHandle<Id, Possibly<Jsonify<Awaited<R>>, Leaves, Condition>>;

  /** A function for each item of a list that is known at run time only: each is a row, tried and recorded by itself. */
  map<
    const Id extends string,
    R,
    Item,
    const N extends Needs = NoNeeds,
    const When extends Trigger = AllSucceeded,
    const Leaves extends boolean = false,
    Condition = never,
    Answers = undefined,
    const Batch extends number = never,
    const Chunks extends number = never,
    const Tolerate extends number = never,
  >(
    id: Id,
    options: MapOptions<
      Input,
      N,
      When,
      Leaves,
      Condition,
      Answers,
      Item,
      ItemGiven<Item, Batch, Chunks>,
      Batch,
      Chunks,
      Tolerate
    >,
    body: (
      context: ItemContext<Input, N, When, Answers, ItemGiven<Item, Batch, Chunks>, Secrets>,
    ) => R & JsonAccepted<Awaited<R>>,
  ): TaskHandle<Id, Possibly<MapOutput<R, Tolerate>, Leaves, Condition>>;

  /** A shell script: ``sh`…` ``, in which every value is one argument. */
  shell<const Id extends string>(
    id: Id,
    script: (context: AnsweredContext<Input, NoNeeds, AllSucceeded, undefined, Secrets>) => Plan<ShellCommand>,
  ): TaskHandle<Id, CommandOutput<"none">>;
  shell<
    const Id extends string,
    const N extends Needs = NoNeeds,
    const When extends Trigger = AllSucceeded,
    const Leaves extends boolean = false,
    Condition = never,
    Answers = undefined,
    const Mode extends OutputMode | StandardSchemaV1 = "none",
  >(
    id: Id,
    options: ShellOptions<Input, N, When, Leaves, Condition, Answers, Mode, Secrets>,
    script: (context: AnsweredContext<Input, N, When, Answers, Secrets>) => Plan<ShellCommand>,
  ): TaskHandle<Id, Possibly<CommandOutput<Mode>, Leaves, Condition>>;

  /** A program and its arguments, without a shell. */
  exec<const Id extends string>(
    id: Id,
    argv: (context: AnsweredContext<Input, NoNeeds, AllSucceeded, undefined, Secrets>) => Plan<readonly CommandValue[]>,
  ): TaskHandle<Id, CommandOutput<"none">>;
  exec<
    const Id extends string,
    const N extends Needs = NoNeeds,
    const When extends Trigger = AllSucceeded,
    const Leaves extends boolean = false,
    Condition = never,
    Answers = undefined,
    const Mode extends OutputMode | StandardSchemaV1 = "none",
  >(
    id: Id,
    options: ExecOptions<Input, N, When, Leaves, Condition, Answers, Mode, Secrets>,
    argv: (context: AnsweredContext<Input, N, When, Answers, Secrets>) => Plan<readonly CommandValue[]>,
  ): TaskHandle<Id, Possibly<CommandOutput<Mode>, Leaves, Condition>>;

  /** An HTTP request. */
  http<const Id extends string>(
    id: Id,
    request: (context: AnsweredContext<Input, NoNeeds, AllSucceeded, undefined, Secrets>) => Plan<RequestPlan>,
  ): TaskHandle<Id, HttpOutput>;
  http<
    const Id extends string,
    const N extends Needs = NoNeeds,
    const When extends Trigger = AllSucceeded,
    const Leaves extends boolean = false,
    Condition = never,
    Answers = undefined,
  >(
    id: Id,
    options: HttpOptions<Input, N, When, Leaves, Condition, Answers>,
    request: (context: AnsweredContext<Input, N, When, Answers, Secrets>) => Plan<RequestPlan>,
  ): TaskHandle<Id, Possibly<HttpOutput, Leaves, Condition>>;

  /** A run of another workflow, whose result is this task's output. */
  child<
    const Id extends string,
    ChildInput,
    ChildOutput,
    const N extends Needs = NoNeeds,
    const When extends Trigger = AllSucceeded,
    const Leaves extends boolean = false,
    Condition = never,
    Answers = undefined,
  >(
    id: Id,
    options: CommonOptions<Input, N, When, Leaves, Condition, Answers> & {
      readonly workflow: Workflow<ChildInput, ChildOutput>;
    },
    input: (context: AnsweredContext<Input, N, When, Answers, Secrets>) => Plan<NoInfer<ChildInput>>,
  ): TaskHandle<Id, Possibly<Jsonify<ChildOutput>, Leaves, Condition>>;

  /** A gate that does nothing but ask a person. */
  confirm<
    const Id extends string,
    const N extends Needs = NoNeeds,
    const When extends Trigger = AllSucceeded,
    Answers = undefined,
  >(id: Id, options: ConfirmOptions<Input, N, When, Answers>): TaskHandle<Id, Jsonify<Answers>>;

  /**
   * Says what a run results in: a task's output, or a record of several. Default: the output of the only last task (one that
   * no other needs), else a record of the last tasks' outputs. Returns the same workflow, typed by its result.
   */
  returns<const Result extends TaskHandle | Readonly<Record<string, TaskHandle>>>(
    result: Result,
  ): Workflow<Given, ResultOf<Result>>;
}

export type ConfirmOptions<Input, N, When, Answers> = Pick<
  CommonOptions<Input, N, When, false, never, Answers>,
  "description" | "needs" | "after" | "when" | "priority"
> &
  Omit<CheckpointOptions<Input, N, When, Answers>, "each" | "message"> &
  Required<Pick<CheckpointOptions<Input, N, When, Answers>, "message">>;

type ResultOf<Result> = Result extends TaskHandle
  ? OutputOf<Result>
  : { readonly [Name in keyof Result]: OutputOf<Result[Name]> };
