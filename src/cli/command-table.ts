import type { CommandModule } from "./command-context.ts";

/** A command in the list of `--help`; its file is loaded when it is called, since loading costs every start. */
export interface CommandEntry {
  readonly name: string;
  /** How its arguments are shown in the list. */
  readonly usage: string;
  readonly summary: string;
  readonly group: "Write" | "Run" | "Look" | "Change";
  load(): Promise<CommandModule>;
}

export const COMMANDS: readonly CommandEntry[] = [
  {
    name: "plan",
    usage: "FILE",
    summary: "Show layers, widths and the critical path.",
    group: "Write",
    load: async () => (await import("./commands/plan.ts")).planCommand,
  },
  {
    name: "runs",
    usage: "",
    summary: "List runs.",
    group: "Look",
    load: async () => (await import("./commands/runs.ts")).runsCommand,
  },
  {
    name: "show",
    usage: "RUN",
    summary: "Show one run.",
    group: "Look",
    load: async () => (await import("./commands/show.ts")).showCommand,
  },
  {
    name: "why",
    usage: "RUN [TASK]",
    summary: "Say why a task waits, was skipped or ran again.",
    group: "Look",
    load: async () => (await import("./commands/why.ts")).whyCommand,
  },
  {
    name: "logs",
    usage: "RUN [TASK]",
    summary: "Print captured output.",
    group: "Look",
    load: async () => (await import("./commands/logs.ts")).logsCommand,
  },
];
