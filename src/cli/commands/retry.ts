import type { Command } from "commander";
import { EXIT } from "../../core/errors.ts";
import { sanitizeLine } from "../../core/sanitize-text.ts";
import type { Retried } from "../../engine/run-control.ts";
import type { RunView } from "../../views/show-run.ts";
import type { CommandContext, CommandModule } from "../command-context.ts";
import { decideInForeground } from "../decide-in-foreground.ts";
import { type ExecutionOptions, startExecution } from "../execution.ts";
import { finishRun } from "../finish-run.ts";
import { followExecution } from "../follow-run.ts";
import { getRun } from "../get-run.ts";
import { toRunJson, writeJson } from "../json-output.ts";
import { withWorkflowHost } from "../load-workflow.ts";
import { readDatabase } from "../open-database.ts";
import { isOfProgram, queueForProgram } from "../queue-for-program.ts";
import { rebindWorkflow } from "../rebind-workflow.ts";
import { nameTask } from "../run-summary.ts";

interface RetryOptions extends ExecutionOptions {
  readonly from?: string;
}

export const retryCommand: CommandModule = {
  examples: ["lockstep retry 2", "lockstep retry 2 --from merge"],
  configure(command: Command, context, finish) {
    command
      .argument("<run>", "Its number, or @last")
      .option("--from <task>", "Run this task again, and all that follows it")
      .action((run: string, options: RetryOptions) => finish(executeRetry(context, run, options)));
  },
};

async function executeRetry(context: CommandContext, reference: string, options: RetryOptions): Promise<number> {
  const before = await readDatabase(context, options, (database, shownPath) => getRun(reference, database, shownPath));
  if (isOfProgram(before)) return await retryInProgram(context, options, before);
  return await withWorkflowHost(context, async (host) => {
    await rebindWorkflow(context, host, before);
    const execution = await startExecution(context, options, host);
    try {
      const { store, control, engine } = execution;
      const retried = await store.writeTransaction(() => control.retry(before.run, options.from ?? null));
      context.output.writeError(`${describeRetried(before, retried, options.from ?? null)}\n`);
      await engine.takeUp(before.run);
      const met = await followExecution(context, execution, before.run);
      const followed = await decideInForeground(context, options, execution, before.run, met);
      return finishRun(context, options, execution, before.run, followed);
    } finally {
      await execution.close();
    }
  });
}

/** Its program has the code: it is reset and queued here. */
async function retryInProgram(context: CommandContext, options: RetryOptions, before: RunView): Promise<number> {
  const [after = before] = await queueForProgram(context, options, [before], (control, { run }) => {
    const from = options.from ?? null;
    context.output.writeError(`${describeRetried(before, control.retry(run, from), from)}\n`);
  });
  if (options.json) writeJson(context, toRunJson(after));
  return EXIT.succeeded;
}

/** `#2 import: keeps 8, runs 4 (process[3] and 3 after it)`; where several failed, they are not all after the first: `(a and 3 more)`. */
function describeRetried(before: RunView, { kept, again }: Retried, from: string | null): string {
  const failed = before.tasks.filter(
    (task) => task.status === "failed" && (task.index !== null || !isMap(before, task.id)),
  );
  const [first = ""] = again;
  const one = failed.find((task) => task.id === first);
  const named = one === undefined || failed.length > 1 ? sanitizeLine(first) : nameTask(one);
  const isOnlyOne = from !== null || failed.length === 1;
  const after = again.length > 1 ? ` and ${again.length - 1} ${isOnlyOne ? "after it" : "more"}` : "";
  return `#${before.run} ${sanitizeLine(before.workflow)}: keeps ${kept}, runs ${again.length} (${named}${after})`;
}

function isMap(run: RunView, id: string): boolean {
  return run.tasks.some((task) => task.id === id && task.index !== null);
}
