import { sanitizeLine } from "../core/sanitize-text.ts";
import type { RunControl } from "../engine/run-control.ts";
import type { RunView } from "../views/show-run.ts";
import type { CommandContext, CommonOptions } from "./command-context.ts";
import { controlRuns } from "./control-runs.ts";
import { loadRun } from "./get-run.ts";
import { changeDatabase } from "./open-database.ts";

/**
 * Runs that a program has started, not from a file: no command has their code. They are changed, so that they are queued,
 * and the program goes on with them. Returns them as they are then.
 */
export async function queueForProgram(
  context: CommandContext,
  options: CommonOptions,
  runs: readonly RunView[],
  change: (control: RunControl, run: RunView) => void,
): Promise<RunView[]> {
  if (runs.length === 0) return [];
  return await changeDatabase(context, options, async (database) => {
    const control = controlRuns(context, database);
    const changed: RunView[] = [];
    for (const run of runs) {
      const view = await database.store.writeTransaction(() => {
        change(control, run);
        return loadRun(database, run.run) ?? run; // here: the program may go on with it as soon as this is committed
      });
      changed.push(view);
      const said = `#${run.run} ${sanitizeLine(run.workflow)} is ${view.status}: the program that started it goes on with it.\n`;
      if (options.json) context.output.writeError(said);
      else context.output.writeOut(said);
    }
    return changed;
  });
}

/** A run of a program: its workflow is in no file. */
export function isOfProgram({ file }: RunView): boolean {
  return file === null;
}
