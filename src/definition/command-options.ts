/** The options of commands and requests, as an author writes them. */

import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { Jsonify } from "../core/jsonify.ts";
import type { CommandValue } from "./command-text.ts";
import type { AnsweredContext } from "./contexts.ts";
import type { CommandPlan } from "./program.ts";
import type { CommonOptions } from "./task-options.ts";

export type OutputMode = CommandPlan["output"];

/** A value, or a function of input and needs that makes it. */
type Given<Context, T> = T | ((context: Context) => T);

export interface ExecOptions<Input, N, When, Leaves, Condition, Answers, Mode, Secrets extends string = never>
  extends CommonOptions<Input, N, When, Leaves, Condition, Answers> {
  /** Variables beside PATH HOME LANG TZ USER TMPDIR and LOCKSTEP_*, which every command has. */
  readonly env?: Given<AnsweredContext<Input, N, When, Answers, Secrets>, Readonly<Record<string, CommandValue>>>;
  /** Names of variables of Lockstep's own environment that are handed on. */
  readonly inheritEnv?: readonly string[];
  readonly stdin?: Given<AnsweredContext<Input, N, When, Answers, Secrets>, string>;
  /** Name → content; they lie in $LOCKSTEP_FILES. For what is too long for an argument. */
  readonly files?: Given<AnsweredContext<Input, N, When, Answers, Secrets>, Readonly<Record<string, string>>>;
  /** Relative to the folder of the workflow's file, which is the default. */
  readonly cwd?: string;
  /**
   * How standard output becomes the task's output. `none` (default): the output is what was written to $LOCKSTEP_OUTPUT.
   * A schema: standard output is JSON that fits it.
   */
  readonly output?: Mode;
}

export interface ShellOptions<Input, N, When, Leaves, Condition, Answers, Mode, Secrets extends string = never>
  extends ExecOptions<Input, N, When, Leaves, Condition, Answers, Mode, Secrets> {
  /** Default: `bash`, which runs as `bash -euo pipefail`. Only bash, sh and other POSIX shells take values from `sh`. */
  readonly shell?: "bash" | "sh" | "node" | "python3" | readonly string[];
}

/** What consumers of a command get. */
export type CommandOutput<Mode> = [Mode] extends ["text"]
  ? string
  : [Mode] extends ["lines" | "nul"]
    ? string[]
    : [Mode] extends ["json"]
      ? unknown
      : [Mode] extends [StandardSchemaV1<unknown, infer Output>]
        ? Jsonify<Output>
        : Record<string, unknown>;

export interface HttpOptions<Input, N, When, Leaves, Condition, Answers>
  extends CommonOptions<Input, N, When, Leaves, Condition, Answers> {
  /** Schema of the output. */
  readonly output?: StandardSchemaV1;
}
