import type { TaskKind, TaskSpec } from "../core/workflow-spec.ts";
import type { TaskProgram } from "./program.ts";
import type { Workflow } from "./workflow-builder.ts";

/** The fields of a task's spec that are read from options alone; needs and after come with their indices. */
export type TaskFields = Omit<TaskSpec, "id" | "kind" | "needs" | "after">;

/** Fields under construction. */
export type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

/** What `returns` was told: the place of one task, or places by name. */
export type DraftReturns = number | Readonly<Record<string, number>>;

/** A task as it was declared: needs are places in the order of declaration, always smaller than its own. */
export interface TaskDraft {
  readonly id: string;
  readonly kind: TaskKind;
  readonly fields: TaskFields;
  readonly program: TaskProgram;
  /** Name → place; undefined: none. */
  readonly needs: Readonly<Record<string, number>> | undefined;
  readonly after: readonly number[] | undefined;
  readonly child: Workflow | undefined;
}
