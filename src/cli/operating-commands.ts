import type { CommandEntry } from "./command-entry.ts";

/** The part of the list of commands that is for who keeps a daemon and its database in order. */
export const OPERATING_COMMANDS: readonly CommandEntry[] = [
  {
    name: "backup",
    usage: "FILE",
    summary: "Copy the database while engines go on; verified.",
    group: "Operate",
    load: async () => (await import("./commands/backup.ts")).backupCommand,
  },
  {
    name: "restore",
    usage: "FILE",
    summary: "Put a backup in the place of the database.",
    group: "Operate",
    load: async () => (await import("./commands/restore.ts")).restoreCommand,
  },
  {
    name: "prune",
    usage: "",
    summary: "Delete finished runs and logs that are no longer needed.",
    group: "Operate",
    load: async () => (await import("./commands/prune.ts")).pruneCommand,
  },
  {
    name: "doctor",
    usage: "",
    summary: "Check the database, its files and what depends on them.",
    group: "Operate",
    load: async () => (await import("./commands/doctor.ts")).doctorCommand,
  },
  {
    name: "notify",
    usage: "test CHANNEL",
    summary: "Send a test message to a channel of the config.",
    group: "Operate",
    load: async () => (await import("./commands/notify.ts")).notifyCommand,
  },
  {
    name: "metrics",
    usage: "",
    summary: "Print figures in the text format of Prometheus.",
    group: "Operate",
    load: async () => (await import("./commands/metrics.ts")).metricsCommand,
  },
];
