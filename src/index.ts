/** The public library. */

export type { DecisionView } from "./core/checkpoint-view.ts";
export type { Actor, Decision } from "./core/decision.ts";
export {
  ConflictError,
  DatabaseError,
  InvalidDefinitionError,
  InvalidInputError,
  KeyConflictError,
  LockstepError,
  NonRetryableError,
  NotFoundError,
  RunCanceledError,
  RunFailedError,
  StaleDecisionError,
} from "./core/errors.ts";
export type { EventView } from "./core/event-view.ts";
export type { Jsonify } from "./core/jsonify.ts";
export type { Verdict } from "./core/verdict.ts";
export type { OnFailure, OnTimeout, Risk, SecretSource, Strategy, Trigger } from "./core/workflow-spec.ts";
export type { AnsweredContext, ItemContext, LabelContext, PlanContext, RunContext } from "./definition/contexts.ts";
export type { Needs, TaskHandle } from "./definition/handles.ts";
export type { RequestPlan, ResolvedCheckpoint, ReviewedCheckpoint, RunFacts } from "./definition/program.ts";
export { type ShellCommand, type ShellValue, sh } from "./definition/shell-template.ts";
export type { CheckpointOptions, RetryOptions, ReviewVerdict } from "./definition/task-options.ts";
export { workflow } from "./definition/workflow.ts";
export type { HttpOutput, Workflow, WorkflowBuilder } from "./definition/workflow-builder.ts";
export type { ResourceOptions, ScheduleOptions, WorkflowOptions } from "./definition/workflow-options.ts";
export type {
  AskOptions,
  Checkpoint,
  CheckpointsOptions,
  FollowOptions,
  Lockstep,
  StartOptions,
} from "./library/lockstep.ts";
export { open } from "./library/open.ts";
export type { OpenOptions } from "./library/open-options.ts";
export type { RunHandle } from "./library/run-handle.ts";
