import type { Command } from "commander";
import { EXIT } from "../../core/errors.ts";
import type { CommandContext, CommandModule, CommonOptions } from "../command-context.ts";
import { getRun } from "../get-run.ts";
import { toRunJson, writeJson } from "../json-output.ts";
import { readDatabase } from "../open-database.ts";
import { renderRun } from "../render-run.ts";

export const showCommand: CommandModule = {
  examples: ["lockstep show 412", "lockstep show @last --json"],
  configure(command: Command, context, finish) {
    command
      .argument("<run>", "Its number, or @last")
      .action((run: string, options: CommonOptions) => finish(executeShow(context, run, options)));
  },
};

async function executeShow(context: CommandContext, reference: string, options: CommonOptions): Promise<number> {
  return await readDatabase(context, options, (database, shownPath) => {
    const run = getRun(reference, database, shownPath);
    if (options.json) writeJson(context, toRunJson(run));
    else context.output.writeOut(`${renderRun(run, context.output, shownPath).join("\n")}\n`);
    return EXIT.succeeded;
  });
}
