import type { ErrorValue } from "../core/errors.ts";
import type { CommandPlan, RequestPlan } from "../definition/program.ts";
import type { Assignment, Outcome } from "./runner.ts";
import type { SecretSources } from "./secret-vault.ts";

/**
 * The side that holds programs: the present process, or worker processes. It runs functions to their end; of a command
 * or a request it only works out the plan, which is executed by who owns the process groups and sockets: the engine.
 */
export interface ProgramHost {
  /** As `Runner.execute`, with plans as further ends. */
  execute(assignment: Assignment, signal: AbortSignal): Promise<ProgramOutcome>;
  /** The result of a run whose `returns` is a template. Never rejects. */
  computeResult(question: ResultQuestion): Promise<Answer>;
  /** The child run of a task whose program does not hold the child workflow: it is found by its name. Never rejects. */
  prepareChild(name: string, inputJson: string): Promise<ChildOutcome>;
  /** Checks the output of a command by its schema. Never rejects. */
  parseOutput(question: OutputQuestion): Promise<Answer>;
  /** What the workflow's program declares now; undefined where that is nothing. */
  findSecrets(definitionHash: string, workflow: string): SecretSources | undefined;
  close(): Promise<void>;
}

export type ProgramOutcome =
  | Outcome
  | { readonly kind: "command"; readonly plan: CommandPlan /** Its output has a schema. */; readonly checked: boolean }
  | { readonly kind: "request"; readonly plan: RequestPlan }
  /** A child workflow that is known by its name alone. */
  | { readonly kind: "namedChild"; readonly name: string; readonly inputJson: string };

export type ChildOutcome = Extract<Outcome, { kind: "child" | "failed" }>;

/** What `returns` is given. `assignment` names the program and the run; its task does not matter. */
export type ResultQuestion = Pick<
  Assignment,
  "definitionHash" | "run" | "labels" | "inputJson" | "needsJson" | "scheduledAt"
>;

/** `json` is what the command printed or wrote. */
export type OutputQuestion = Pick<Assignment, "definitionHash" | "run" | "taskIndex" | "spec"> & {
  readonly json: string;
};

/** An answer of user code as plain values: JSON text (null: none), or what was thrown. */
export type Answer =
  | { readonly ok: true; readonly json: string | null }
  | { readonly ok: false; readonly error: ErrorValue };

/**
 * The reason of an abort that means "the engine stops", not "cancel": the attempt then ends as `interrupted` and runs
 * again later. Abort with it: `controller.abort(ENGINE_STOPS)`.
 */
export const ENGINE_STOPS: unique symbol = Symbol.for("lockstep.engineStops");
