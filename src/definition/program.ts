import type { WorkflowSpec } from "../core/workflow-spec.ts";

/**
 * What a workflow does: the functions beside its spec. A TypeScript module has its author's functions here, a YAML
 * file has functions made of its templates. Who holds a program runs it; who has only the spec asks a worker that does.
 */
export interface WorkflowProgram {
  readonly spec: WorkflowSpec;
  /** By the task's index in `spec.tasks`. */
  readonly tasks: readonly TaskProgram[];
  /** Checks and completes an input. Throws (or rejects with) `InvalidInputError`. Without a schema: as it is. */
  parseInput(value: unknown): unknown;
  /** The result of a run, where `spec.returns` is a template. */
  readonly returns?: (context: DecideContext) => unknown;
  /** Absent: that of the workflow which starts it. Its folder is where its commands run. */
  readonly source?: { /** Absolute. */ readonly file: string; readonly codeHash: string };
  /** The child workflows that tasks start, by name. */
  readonly children?: ReadonlyMap<string, WorkflowProgram>;
}

export interface TaskProgram {
  /** `if`: false skips the task. */
  readonly condition?: (context: DecideContext) => unknown;
  /** The list of a map. */
  readonly over?: (context: DecideContext) => unknown;
  /** The name that people see of an instance. */
  readonly label?: (context: DecideContext) => unknown;
  /** What a function task, a command, a request or a child workflow is given. Exactly one, after the task's kind. */
  readonly body?: (context: TaskContext) => unknown;
  readonly command?: (context: DecideContext) => CommandPlan | Promise<CommandPlan>;
  readonly request?: (context: DecideContext) => RequestPlan | Promise<RequestPlan>;
  readonly childInput?: (context: DecideContext) => unknown;
  readonly checkpoint?: CheckpointProgram;
  /** Checks an output, or the resolved input of an edit. Throws. */
  readonly parseOutput?: (value: unknown) => Promise<unknown>;
}

export interface CheckpointProgram {
  /** The whole as a function: null asks nothing this time. */
  readonly resolve?: (context: DecideContext) => ResolvedCheckpoint | null | Promise<ResolvedCheckpoint | null>;
  readonly condition?: (context: DecideContext) => unknown;
  readonly message?: (context: DecideContext) => unknown;
  readonly show?: (context: DecideContext) => unknown;
  readonly review?: (checkpoint: ReviewedCheckpoint) => unknown;
}

export interface ResolvedCheckpoint {
  readonly message?: string;
  readonly risk?: "low" | "medium" | "high";
  readonly show?: unknown;
  readonly timeout?: string;
  readonly onTimeout?: "hold" | "approve" | "reject";
}

/** What an agent's `review` function sees. */
export interface ReviewedCheckpoint {
  readonly run: string;
  readonly workflow: string;
  readonly task: string;
  readonly message: string;
  readonly risk: "low" | "medium" | "high";
  readonly show: unknown;
  readonly hash: string;
}

/** What functions that decide are given: values only, parsed afresh for each of them. */
export interface DecideContext {
  readonly input: unknown;
  readonly needs: Readonly<Record<string, unknown>>;
  readonly item?: unknown;
  readonly index?: number;
  readonly run: RunFacts;
  readonly attempt: number;
  readonly idempotencyKey: string;
  readonly feedback?: string;
  readonly answers?: unknown;
  /** The due instant of the run's slot, else its submission: ISO 8601 with the schedule's zone. */
  readonly scheduledAt: string;
  /** What stands for each declared secret, for templates; where there are none, a template that reads one fails. */
  readonly secrets?: Readonly<Record<string, string>>;
}

export interface RunFacts {
  readonly id: string;
  readonly uid: string;
  readonly workflow: string;
  readonly task: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** What a function task is given. */
export interface TaskContext extends DecideContext {
  readonly signal: AbortSignal;
  readonly log: (...values: readonly unknown[]) => void;
}

/** A command, resolved: values stand only in arguments, environment, stdin and files. */
export interface CommandPlan {
  /** `exec`: the argument list, program first. `shell`: a script, its interpreter and its arguments ("$1" …). */
  readonly command:
    | { readonly kind: "exec"; readonly argv: readonly string[] }
    | {
        readonly kind: "shell";
        readonly script: string;
        readonly args: readonly string[];
        readonly shell: "bash" | "sh" | "node" | "python3" | readonly string[];
      };
  readonly env?: Readonly<Record<string, string>>;
  /** Names of variables of the engine's environment that are handed on, beside PATH HOME LANG TZ USER TMPDIR. */
  readonly inheritEnv?: readonly string[];
  readonly stdin?: string;
  readonly files?: Readonly<Record<string, string>>;
  /** Absolute. */
  readonly cwd?: string;
  /** How stdout becomes the output; `none`: what was written to $LOCKSTEP_OUTPUT. */
  readonly output: "none" | "text" | "lines" | "nul" | "json";
}

/** An HTTP request, resolved. */
export interface RequestPlan {
  readonly url: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}
