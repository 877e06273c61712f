import { resolve } from "node:path";
import type { Command } from "commander";
import { EXIT } from "../../core/errors.ts";
import { copyDatabase } from "../../store/copy-database.ts";
import type { CommandContext, CommandModule, CommonOptions } from "../command-context.ts";
import { countNoun } from "../count-noun.ts";
import { formatBytes } from "../database-size.ts";
import { writeJson } from "../json-output.ts";
import { findDatabasePath, showPath } from "../open-database.ts";

interface BackupOptions extends CommonOptions {
  readonly force?: boolean;
}

export const backupCommand: CommandModule = {
  examples: ["lockstep backup backups/monday.db", "lockstep backup --force /mnt/backup/lockstep.db"],
  configure(command: Command, context, finish) {
    command
      .argument("<file>", "Where the copy goes; its folder has to be there")
      .option("--force", "Replace a file of that name")
      .action((file: string, options: BackupOptions) => finish(executeBackup(context, file, options)));
  },
};

async function executeBackup(context: CommandContext, name: string, options: BackupOptions): Promise<number> {
  const { clock, output } = context;
  const startedAt = clock.now();
  const from = await findDatabasePath(context, options);
  const file = resolve(context.cwd, name);
  const copied = await copyDatabase({ from, to: file, clock, force: options.force === true });
  const { runs, bytes } = copied;
  if (options.json) {
    const durationMs = Math.max(0, clock.now() - startedAt);
    writeJson(context, { file, database: from, runs, bytes, verified: true, durationMs });
    return EXIT.succeeded;
  }
  output.writeOut(`${showPath(context, file)}: ${countNoun(runs, "run")}, ${formatBytes(bytes)}, verified\n`);
  output.writeOut(`Put it back with: lockstep restore ${showPath(context, file)}\n`);
  return EXIT.succeeded;
}
