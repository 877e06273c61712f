/** What the author's functions are given, typed by the workflow's input and the task's needs. */

import type { NeedsOutputs } from "./handles.ts";
import type { RunFacts } from "./program.ts";

/**
 * Given to the functions that decide (`if`, `over`, `message`, `show`) and to those that make a command, a request or
 * a child's input. Values only; a fresh parse of what was recorded, so nothing that is changed here reaches others.
 */
export interface PlanContext<Input, N, When> {
  readonly input: Input;
  /** The recorded outputs, by the names of `needs`. */
  readonly needs: NeedsOutputs<N, When>;
  readonly run: RunFacts;
  /** From 1 on. */
  readonly attempt: number;
  /** Stable over attempts, new after a reset, and unique over restored copies of the database. */
  readonly idempotencyKey: string;
  /** The due instant of the run's slot, else its submission: ISO 8601 with the schedule's zone. */
  readonly scheduledAt: string;
  /** What the person wrote who sent this task back. */
  readonly feedback?: string;
}

/** Given to what runs after the task's checkpoint: it also has the answers to the checkpoint's `fields`. */
export interface AnsweredContext<Input, N, When, Answers, Secrets extends string = never>
  extends PlanContext<Input, N, When> {
  readonly answers: Answers;
  /**
   * The secrets that the workflow declares, by name. To read one that cannot be had throws. They may stand in what a
   * function does itself, in `env` and `stdin` of a command and in `headers` and `body` of a request: nowhere else.
   */
  readonly secrets: { readonly [Name in Secrets]: string };
}

/** Given to a function task. */
export interface RunContext<Input, N, When, Answers, Secrets extends string = never>
  extends AnsweredContext<Input, N, When, Answers, Secrets> {
  /** Aborts at the task's timeout and when the run is canceled; after the grace period the attempt is dead. */
  readonly signal: AbortSignal;
  /** Writes a line to the task's log, as `console.log` does. */
  readonly log: (...values: readonly unknown[]) => void;
}

/** Given to a map's label. With `batch` or `chunks`, `item` is a list. */
export interface LabelContext<Input, N, When, Item> extends PlanContext<Input, N, When> {
  readonly item: Item;
  /** From 0 on. */
  readonly index: number;
}

/** Given to a map's function, once for each instance. */
export interface ItemContext<Input, N, When, Answers, Item, Secrets extends string = never>
  extends RunContext<Input, N, When, Answers, Secrets> {
  readonly item: Item;
  readonly index: number;
}
