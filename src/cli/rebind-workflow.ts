import { relative } from "node:path";
import { NotFoundError } from "../core/errors.ts";
import type { RunView } from "../views/show-run.ts";
import type { CommandContext } from "./command-context.ts";
import type { WorkflowHost } from "./workflow-host.ts";

/**
 * Loads the file of a run that goes on. The run keeps its graph; tasks run the code that the file has now.
 * @throws {NotFoundError} where the run has no file, or the file is gone
 */
export async function rebindWorkflow(context: CommandContext, host: WorkflowHost, run: RunView): Promise<void> {
  if (run.file === null) {
    throw new NotFoundError(
      `#${run.run} ${run.workflow} was started by a program, not from a file: that program resumes it. Nothing was done.`,
    );
  }
  try {
    host.bind(run.definitionHash, await host.describe(run.file, run.exportName ?? undefined));
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error;
    const file = relative(context.cwd, run.file);
    const shown = file.startsWith("..") ? run.file : file;
    throw new NotFoundError(`#${run.run} ${run.workflow} needs ${shown}, which is not there. Nothing was done.`, {
      hint: `Put the file back, then: lockstep resume ${run.run}`,
      cause: error,
    });
  }
}
