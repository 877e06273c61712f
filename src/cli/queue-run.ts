import { dirname, relative } from "node:path";
import { EXIT } from "../core/errors.ts";
import { sanitizeLine } from "../core/sanitize-text.ts";
import { PlanCache } from "../engine/plan-cache.ts";
import { type Submission, submitQueuedRun } from "../engine/submission.ts";
import { newUid } from "../platform/uid.ts";
import { getRows } from "../store/rows.ts";
import { isWorkflowServed } from "../views/served-workflows.ts";
import type { CommandContext, CommonOptions } from "./command-context.ts";
import { findMachine } from "./find-machine.ts";
import { loadRun } from "./get-run.ts";
import { toRunJson, writeJson } from "./json-output.ts";
import { changeDatabase } from "./open-database.ts";

/** `run --detach`: writes the run and leaves it to an engine that knows the workflow; says so where there is none. */
export async function queueRun(
  context: CommandContext,
  options: CommonOptions,
  submission: Submission,
  reference: string,
): Promise<number> {
  return await changeDatabase(context, options, async (database) => {
    const { store, isEngineAlive } = database;
    const rows = getRows(store);
    const machine = await findMachine(context);
    const runId = await store.writeTransaction(() =>
      submitQueuedRun(rows, new PlanCache(rows, machine), submission, newUid, context.clock.now()),
    );
    const run = loadRun(database, runId);
    if (options.json && run !== undefined) {
      writeJson(context, toRunJson(run));
      return EXIT.succeeded;
    }
    const { name } = submission.definition.spec;
    const folder = relative(context.cwd, dirname(submission.file ?? "")) || ".";
    const missing = `, but no engine is running that knows "${name}". It starts when one does: lockstep daemon --workflows ${folder} (or: lockstep run ${reference})`;
    const isServed = isWorkflowServed(store, name, isEngineAlive);
    context.output.writeOut(`${sanitizeLine(`Queued #${runId}${isServed ? "" : missing}`)}\n`);
    return EXIT.succeeded;
  });
}
