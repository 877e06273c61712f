import type { Command } from "commander";
import type { Clock } from "../core/ports.ts";
import type { TerminalOutput } from "./terminal-output.ts";

/** What a command is given of the world: tests give it another one. */
export interface CommandContext {
  readonly output: TerminalOutput;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly clock: Clock;
  /** All of standard input as text, for what people pipe in. */
  readInput(): Promise<string>;
  /** Asks the person at the terminal for one line; absent where nobody sits there. Rejects once `signal` aborts. */
  readonly question?: (text: string, signal?: AbortSignal) => Promise<string>;
  /** Calls back at each SIGINT, SIGTERM or SIGHUP until the function that is returned is called. */
  onInterrupt(callback: () => void): () => void;
}

/** Options that every command has. */
export interface CommonOptions {
  readonly json?: boolean;
  readonly db?: string;
}

/** One file of `commands/`: its options and what it does. */
export interface CommandModule {
  /** Two lines that a person can copy, shown at the end of `--help`. */
  readonly examples: readonly [string, string];
  /** Declares arguments and options, and hands an action to `finish`, which takes the exit code that it ends with. */
  configure(command: Command, context: CommandContext, finish: Finish): void;
}

export type Finish = (exitCode: Promise<number>) => Promise<void>;
