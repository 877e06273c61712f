import type { CommandModule } from "./command-context.ts";

/** A command in the list of `--help`; its file is loaded when it is called, since loading costs every start. */
export interface CommandEntry {
  readonly name: string;
  /** How its arguments are shown in the list. */
  readonly usage: string;
  readonly summary: string;
  readonly group: "Write" | "Run" | "Look" | "Change" | "More";
  load(): Promise<CommandModule>;
}

export const COMMANDS: readonly CommandEntry[] = [
  {
    name: "init",
    usage: "[DIR]",
    summary: "Create a first workflow and a config.",
    group: "Write",
    load: async () => (await import("./commands/init.ts")).initCommand,
  },
  {
    name: "validate",
    usage: "[FILE|DIR]",
    summary: "Check definitions and what they need; run nothing.",
    group: "Write",
    load: async () => (await import("./commands/validate.ts")).validateCommand,
  },
  {
    name: "plan",
    usage: "FILE",
    summary: "Show layers, widths and the critical path.",
    group: "Write",
    load: async () => (await import("./commands/plan.ts")).planCommand,
  },
  {
    name: "workflows",
    usage: "",
    summary: "List the workflows of the workflows folder.",
    group: "Write",
    load: async () => (await import("./commands/workflows.ts")).workflowsCommand,
  },
  {
    name: "run",
    usage: "FILE",
    summary: "Start a run and follow it.",
    group: "Run",
    load: async () => (await import("./commands/run.ts")).runCommand,
  },
  {
    name: "resume",
    usage: "[RUN…]",
    summary: "Continue interrupted or paused runs.",
    group: "Run",
    load: async () => (await import("./commands/resume.ts")).resumeCommand,
  },
  {
    name: "retry",
    usage: "RUN",
    summary: "Run the failed part again, keeping what succeeded.",
    group: "Run",
    load: async () => (await import("./commands/retry.ts")).retryCommand,
  },
  {
    name: "wait",
    usage: "RUN",
    summary: "Wait until a run ends; exit as run does.",
    group: "Run",
    load: async () => (await import("./commands/wait.ts")).waitCommand,
  },
  {
    name: "daemon",
    usage: "",
    summary: "Run workflows and schedules until stopped.",
    group: "Run",
    load: async () => (await import("./commands/daemon.ts")).daemonCommand,
  },
  {
    name: "ui",
    usage: "",
    summary: "Decide and watch, in the terminal.",
    group: "Look",
    load: async () => (await import("./commands/ui.ts")).uiCommand,
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
  {
    name: "events",
    usage: "[-f]",
    summary: "Print what happened, in order.",
    group: "Look",
    load: async () => (await import("./commands/events.ts")).eventsCommand,
  },
  {
    name: "checkpoints",
    usage: "[ID]",
    summary: "List what waits for a decision, or show one whole.",
    group: "Look",
    load: async () => (await import("./commands/checkpoints.ts")).checkpointsCommand,
  },
  {
    name: "schedules",
    usage: "[pause|resume NAME]",
    summary: "List schedules, and what became of their last slots.",
    group: "Look",
    load: async () => (await import("./commands/schedules.ts")).schedulesCommand,
  },
  {
    name: "slots",
    usage: "NAME",
    summary: "Show the ledger of a schedule: what became of each slot.",
    group: "Look",
    load: async () => (await import("./commands/slots.ts")).slotsCommand,
  },
  {
    name: "approve",
    usage: "ID",
    summary: "Approve a checkpoint.",
    group: "Change",
    load: async () => (await import("./commands/approve.ts")).approveCommand,
  },
  {
    name: "reject",
    usage: "ID",
    summary: "Reject a checkpoint; a reason is required.",
    group: "Change",
    load: async () => (await import("./commands/reject.ts")).rejectCommand,
  },
  {
    name: "edit",
    usage: "ID",
    summary: "Approve with other values.",
    group: "Change",
    load: async () => (await import("./commands/edit.ts")).editCommand,
  },
  {
    name: "redo",
    usage: "ID",
    summary: "Send a layer or a task back, with feedback.",
    group: "Change",
    load: async () => (await import("./commands/redo.ts")).redoCommand,
  },
  {
    name: "undo",
    usage: "ID",
    summary: "Take a decision back that nobody has acted on.",
    group: "Change",
    load: async () => (await import("./commands/undo.ts")).undoCommand,
  },
  {
    name: "ask",
    usage: "TEXT",
    summary: "Ask a person and wait.",
    group: "Change",
    load: async () => (await import("./commands/ask.ts")).askCommand,
  },
  {
    name: "cancel",
    usage: "RUN",
    summary: "Stop a run; what succeeded stays.",
    group: "Change",
    load: async () => (await import("./commands/cancel.ts")).cancelCommand,
  },
  {
    name: "pause",
    usage: "RUN",
    summary: "Start no more tasks.",
    group: "Change",
    load: async () => (await import("./commands/pause.ts")).pauseCommand,
  },
  {
    name: "backfill",
    usage: "NAME",
    summary: "Run slots of the past that never had a run.",
    group: "Change",
    load: async () => (await import("./commands/backfill.ts")).backfillCommand,
  },
  {
    name: "schema",
    usage: "",
    summary: "Print the JSON Schema of workflow files.",
    group: "More",
    load: async () => (await import("./commands/schema.ts")).schemaCommand,
  },
  {
    name: "completion",
    usage: "SHELL",
    summary: "Print completions for bash, zsh or fish.",
    group: "More",
    load: async () => (await import("./commands/completion.ts")).completionCommand,
  },
];
