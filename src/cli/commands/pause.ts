import type { Command } from "commander";
import { EXIT } from "../../core/errors.ts";
import { listWorkingTasks } from "../../views/working-tasks.ts";
import type { CommandContext, CommandModule, CommonOptions } from "../command-context.ts";
import { controlRuns } from "../control-runs.ts";
import { getRun, loadRun } from "../get-run.ts";
import { toRunJson, writeJson } from "../json-output.ts";
import { changeDatabase } from "../open-database.ts";

export const pauseCommand: CommandModule = {
  examples: ["lockstep pause 2", "lockstep pause @last --json"],
  configure(command: Command, context, finish) {
    command
      .argument("<run>", "Its number, or @last")
      .action((run: string, options: CommonOptions) => finish(executePause(context, run, options)));
  },
};

async function executePause(context: CommandContext, reference: string, options: CommonOptions): Promise<number> {
  return await changeDatabase(context, options, async (database) => {
    const before = getRun(reference, database, database.shownPath);
    const control = controlRuns(context, database);
    const { isDone } = await database.store.writeTransaction(() => control.pause(before.run));
    const after = loadRun(database, before.run) ?? before;
    const running = listWorkingTasks(after.tasks).filter((task) => task.status === "running").length;
    const ends = running === 0 ? "" : ` once what runs has ended (${running} task${running === 1 ? "" : "s"})`;
    const what = isDone ? "paused." : `pauses${ends}.`;
    if (options.json) writeJson(context, toRunJson(after));
    else context.output.writeOut(`#${before.run} ${what} Continue: lockstep resume ${before.run}\n`);
    return EXIT.succeeded;
  });
}
