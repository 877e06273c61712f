import type { Command } from "commander";
import { EXIT } from "../../core/errors.ts";
import type { RunView } from "../../views/show-run.ts";
import { listWorkingTasks } from "../../views/working-tasks.ts";
import type { CommandContext, CommandModule, CommonOptions } from "../command-context.ts";
import { controlRuns } from "../control-runs.ts";
import { isAtRest } from "../follow-run.ts";
import { getRun, loadRun } from "../get-run.ts";
import { toRunJson, writeJson } from "../json-output.ts";
import { changeDatabase, type Database } from "../open-database.ts";
import { waitForChange } from "../wait-for-change.ts";

interface CancelOptions extends CommonOptions {
  readonly reason?: string;
}

export const cancelCommand: CommandModule = {
  examples: ["lockstep cancel 2", 'lockstep cancel 2 --reason "wrong host"'],
  configure(command: Command, context, finish) {
    command
      .argument("<run>", "Its number, or @last")
      .option("--reason <text>", "Why; it is kept with the run")
      .action((run: string, options: CancelOptions) => finish(executeCancel(context, run, options)));
  },
};

async function executeCancel(context: CommandContext, reference: string, options: CancelOptions): Promise<number> {
  return await changeDatabase(context, options, async (database) => {
    const before = getRun(reference, database, database.shownPath);
    const control = controlRuns(context, database);
    await database.store.writeTransaction(() => control.cancel(before.run, options.reason ?? null));
    const after = await waitForEnd(context, database, before);
    if (options.json) writeJson(context, toRunJson(after));
    else context.output.writeOut(`${describeCanceled(before, after)}\n`);
    return EXIT.succeeded;
  });
}

/** The engine that executes it ends what runs within its grace; an interrupt leaves it to that. */
async function waitForEnd(context: CommandContext, database: Database, before: RunView): Promise<RunView> {
  for (;;) {
    const run = loadRun(database, before.run) ?? before;
    if (isAtRest(run.status)) return run;
    if ((await waitForChange(context)) === "interrupted") return run;
  }
}

/** `#2 canceled: 3 killed, 5 skipped` */
function describeCanceled(before: RunView, after: RunView): string {
  if (after.status !== "canceled") return `#${after.run} ${after.status}`;
  const running = listWorkingTasks(before.tasks).filter((task) => task.status === "running");
  const wasRunning = new Set(running.map((task) => task.rowId));
  const wasOver = new Set(before.tasks.filter((task) => task.finishedAt !== null).map((task) => task.rowId));
  const ended = listWorkingTasks(after.tasks).filter((task) => task.status === "canceled" || task.status === "skipped");
  const killed = ended.filter((task) => wasRunning.has(task.rowId)).length;
  const skipped = ended.filter((task) => !wasRunning.has(task.rowId) && !wasOver.has(task.rowId)).length;
  return `#${after.run} canceled: ${killed} killed, ${skipped} skipped`;
}
