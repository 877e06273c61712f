import type { CommandModule } from "./command-context.ts";

/** A command in the list of `--help`; its file is loaded when it is called, since loading costs every start. */
export interface CommandEntry {
  readonly name: string;
  /** How its arguments are shown in the list. */
  readonly usage: string;
  readonly summary: string;
  readonly group: "Write" | "Run" | "Look" | "Change" | "Operate" | "More";
  load(): Promise<CommandModule>;
}
