/** The options of workflows, as an author writes them. `read-workflow-options.ts` checks them. */

import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { OnFailure, OnTimeout, Risk, ScheduleSpec, SecretSource, Strategy } from "../core/workflow-spec.ts";

export interface WorkflowOptions<
  InputSchema extends StandardSchemaV1 = StandardSchemaV1,
  Secrets extends string = string,
> {
  readonly description?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** Schema of the input; any library that speaks Standard Schema. Without it the input is `unknown`. */
  readonly input?: InputSchema;
  /** At most so many tasks of a run at once; left out: full parallel. */
  readonly maxConcurrent?: number;
  /** `layers` (default): a layer starts when the one before it has ended. `eager`: a task starts when its needs have. */
  readonly strategy?: Strategy;
  /** `stop`: after a failure nothing new starts. Default: `continue`, only what needs it is skipped. */
  readonly onFailure?: OnFailure;
  /** Of a whole run, such as `2h`; time at a checkpoint and paused does not count. */
  readonly timeout?: string;
  /** A person reviews the results after each layer but the last. */
  readonly checkpoint?: "every-layer" | LayerCheckpointOptions;
  readonly schedule?: ScheduleOptions | readonly ScheduleOptions[];
  readonly resources?: Readonly<Record<string, ResourceOptions>>;
  /** What is told to whom: the names of channels of the configuration. */
  readonly notify?: NotifyOptions;
  /** Names of environment variables, or where each secret comes from. Their values reach no row, log or screen. */
  readonly secrets?: readonly Secrets[] | { readonly [Name in Secrets]: SecretSource };
}

export interface LayerCheckpointOptions {
  readonly every: "layer";
  readonly risk?: Risk;
  readonly timeout?: string;
  readonly onTimeout?: OnTimeout;
}

export interface NotifyOptions {
  readonly failed?: string;
  readonly succeeded?: string;
  readonly checkpoint?: string;
  readonly late?: string;
}

export interface ScheduleOptions {
  /** Default: the workflow's name; of a list, from the second on with `-2`, `-3` … behind it. */
  readonly name?: string;
  /** Five fields, or six with seconds first: `0 2 * * *`. */
  readonly cron: string;
  /** Such as `Europe/Paris`; default: that of the configuration. */
  readonly timezone?: string;
  readonly catchup?: NonNullable<ScheduleSpec["catchup"]>;
  readonly catchupWindow?: string;
  readonly overlap?: NonNullable<ScheduleSpec["overlap"]>;
  readonly whileWaiting?: NonNullable<ScheduleSpec["whileWaiting"]>;
  readonly jitter?: string;
  readonly gap?: NonNullable<ScheduleSpec["gap"]>;
  readonly repeat?: NonNullable<ScheduleSpec["repeat"]>;
  /** ISO 8601 instants or dates between which it fires. */
  readonly from?: string;
  readonly until?: string;
  readonly input?: unknown;
}

export type ResourceOptions =
  | { readonly slots: number }
  | { readonly capacity: number }
  /** Such as `80/min`; `burst`: how many at once after a pause. */
  | { readonly rate: string; readonly burst?: number };
