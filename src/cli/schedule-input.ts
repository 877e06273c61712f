import { ConflictError, InvalidInputError } from "../core/errors.ts";
import type { WorkflowSpec } from "../core/workflow-spec.ts";
import { isProgramPlace } from "../engine/program-place.ts";
import type { Store } from "../store/open-store.ts";
import { getScheduleRows } from "../store/schedule-rows.ts";
import type { ScheduleView } from "../views/list-schedules.ts";
import type { CommandContext } from "./command-context.ts";
import { withWorkflowHost } from "./load-workflow.ts";

/**
 * The input of a schedule, checked and completed by its workflow's schema as the file has it now: in a worker, which
 * loads the file.
 * @throws {ConflictError} where the file no longer declares it; {InvalidInputError}
 */
export async function readScheduleInput(
  context: CommandContext,
  store: Store,
  { workflow, name }: Pick<ScheduleView, "workflow" | "name">,
): Promise<string> {
  const row = getScheduleRows(store).findWorkflow(workflow);
  if (row === undefined) throw createGoneError(workflow, name);
  if (isProgramPlace(row.file)) throw createProgramError(workflow, name);
  return await withWorkflowHost(context, async (host) => {
    const { workflows } = await host.describe(row.file, null);
    const found = workflows.find((each) => each.name === workflow);
    const spec: WorkflowSpec | undefined = found === undefined ? undefined : JSON.parse(found.specJson);
    const schedule = spec?.schedules?.find((each) => each.name === name);
    if (found === undefined || schedule === undefined) throw createGoneError(workflow, name);
    try {
      return await host.parseInput(found.definitionHash, JSON.stringify(schedule.input ?? {}));
    } catch (error) {
      if (!(error instanceof InvalidInputError)) throw error;
      throw new InvalidInputError(`schedule "${name}": ${error.message}`, { cause: error });
    }
  });
}

function createProgramError(workflow: string, name: string): ConflictError {
  return new ConflictError(
    `The schedule "${name}" of "${workflow}" is a program's, not a file's: only that program can check its input. Nothing was started. Start a run there`,
  );
}

function createGoneError(workflow: string, name: string): ConflictError {
  return new ConflictError(
    `The schedule "${name}" of "${workflow}" is not in its file any more. Nothing was started. See: lockstep status`,
  );
}
