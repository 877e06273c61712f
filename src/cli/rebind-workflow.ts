import { relative } from "node:path";
import { assert, NotFoundError } from "../core/errors.ts";
import { isFinalRun } from "../core/run-status.ts";
import type { RunView } from "../views/show-run.ts";
import type { CommandContext } from "./command-context.ts";
import { loadNamedChildren } from "./load-named-children.ts";
import type { WorkflowHost } from "./workflow-host.ts";

/**
 * Loads the files of a run that goes on, and of its child runs. The run keeps its graph; tasks run the code that the file has now.
 * @throws {NotFoundError} where the file is gone
 */
export async function rebindWorkflow(context: CommandContext, host: WorkflowHost, run: RunView): Promise<void> {
  assert(run.file !== null, `run ${run.run} is of a program: no command has its code`);
  await rebind(context, host, run, { ...run, file: run.file });
  for (const each of run.descendants) {
    if (each.file !== null) await rebind(context, host, run, { ...each, file: each.file });
  }
}

interface Bound {
  readonly file: string;
  readonly exportName: string | null;
  readonly definitionHash: string;
}

async function rebind(context: CommandContext, host: WorkflowHost, run: RunView, bound: Bound): Promise<void> {
  try {
    const description = await host.describe(bound.file, bound.exportName ?? undefined);
    host.bind(bound.definitionHash, description);
    await loadNamedChildren(context, host, description); // one that is missing fails its task alone
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error;
    const again = run.status !== "interrupted" && isFinalRun(run.status) ? "retry" : "resume";
    const file = relative(context.cwd, bound.file);
    const shown = file.startsWith("..") ? bound.file : file;
    throw new NotFoundError(`#${run.run} ${run.workflow} needs ${shown}, which is not there. Nothing was done.`, {
      hint: `Put the file back, then: lockstep ${again} ${run.run}`,
      cause: error,
    });
  }
}
