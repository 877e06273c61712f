import type { Command } from "commander";
import { checkResources } from "../../core/check-resources.ts";
import { sanitizeLine } from "../../core/sanitize-text.ts";
import type { Submission } from "../../engine/submission.ts";
import { getRows } from "../../store/rows.ts";
import { findRunStatus } from "../../views/run-record.ts";
import type { CommandContext, CommandModule } from "../command-context.ts";
import { decideInForeground } from "../decide-in-foreground.ts";
import { type Execution, type ExecutionOptions, startExecution } from "../execution.ts";
import { findMachine } from "../find-machine.ts";
import { finishRun } from "../finish-run.ts";
import { type Followed, followElsewhere, followExecution, isAtRest } from "../follow-run.ts";
import { loadRun } from "../get-run.ts";
import { type LoadedWorkflow, loadWorkflow, withWorkflowHost } from "../load-workflow.ts";
import { queueRun } from "../queue-run.ts";
import { explainInput, readInputs } from "../read-inputs.ts";
import { collectPairs, collectTexts, createUsageError, parseCount } from "../read-options.ts";
import { renderRunHead } from "../render-run.ts";
import type { WorkflowHost } from "../workflow-host.ts";

export interface RunOptions extends ExecutionOptions {
  readonly input?: readonly string[];
  readonly maxConcurrent?: string;
  readonly eager?: boolean;
  readonly review?: boolean;
  readonly key?: string;
  readonly label?: Record<string, string>;
  readonly detach?: boolean;
}

export const runCommand: CommandModule = {
  examples: ["lockstep run examples/merge-configs.ts", "lockstep run import --input users=1000 --max-concurrent 4"],
  configure(command: Command, context, finish) {
    command
      .argument("<file>", "A file, FILE#name, or the name of a workflow in the workflows folder")
      .option("--input <input>", "JSON, @FILE or name=value; may be repeated", collectTexts)
      .option("--max-concurrent <n>", "At most so many tasks at once")
      .option("--eager", "Start a task as soon as its needs are met, not with its layer")
      .option("--review", "Ask after each layer")
      .option("--key <key>", "The same key with the same input is the same run")
      .option("--label <name=text>", "Put a label on the run; may be repeated", collectPairs("--label"))
      .option("--detach", "Only queue it, for an engine that runs")
      .option("--sync <mode>", "full (default), or normal: quicker, and a power cut may lose the last moments")
      .action((file: string, options: RunOptions) => finish(executeRun(context, file, options)));
  },
};

async function executeRun(context: CommandContext, reference: string, options: RunOptions): Promise<number> {
  refuseWrongOptions(options);
  return await withWorkflowHost(context, async (host) => {
    const workflow = await loadWorkflow(context, host, reference, options.detach);
    for (const { message } of workflow.warnings) context.output.writeError(`warning: ${sanitizeLine(message)}\n`);
    checkResources(workflow.spec, workflow.file, await findMachine(context)); // before there is a database
    const submission = await createSubmission(context, host, workflow, options);
    if (options.detach) return await queueRun(context, options, submission, reference);
    const execution = await startExecution(context, options, host);
    try {
      return await submitAndFollow(context, options, execution, submission);
    } finally {
      await execution.close();
    }
  });
}

async function submitAndFollow(
  context: CommandContext,
  options: RunOptions,
  execution: Execution,
  submission: Submission,
): Promise<number> {
  const runId = await execution.engine.submit(submission);
  const run = loadRun(execution, runId);
  if (run !== undefined) context.output.writeError(`${renderRunHead(run, execution.shownPath)}\n`);
  const first = await followSubmitted(context, execution, runId, submission.key !== undefined);
  const followed = await decideInForeground(context, options, execution, runId, first);
  return finishRun(context, options, execution, runId, followed);
}

/** A key may stand for a run that ended, that was left behind, or that another engine executes. */
async function followSubmitted(
  context: CommandContext,
  execution: Execution,
  runId: number,
  hasKey: boolean,
): Promise<Followed> {
  const { status, engineId } = getRows(execution.store).runs.get(runId);
  if (!hasKey || engineId === execution.engine.id) return await followExecution(context, execution, runId);
  if (isAtRest(status)) return { status, wasInterrupted: false };
  if (engineId !== null && findRunStatus(execution.store, runId, execution.isEngineAlive) === "running") {
    return await followElsewhere(context, execution, runId);
  }
  await execution.engine.takeUp(runId);
  return await followExecution(context, execution, runId);
}

/** @throws {InvalidInputError} where the input does not fit. Nothing was started. */
async function createSubmission(
  context: CommandContext,
  host: WorkflowHost,
  workflow: LoadedWorkflow,
  options: RunOptions,
): Promise<Submission> {
  const { spec, definition, file, folder, exportName, codeHash } = workflow;
  const texts = options.input ?? [];
  const given = await readInputs(context, spec.input, texts);
  const inputJson = await host.parseInput(definition.hash, JSON.stringify(given)).catch((error: unknown) => {
    throw explainInput(error, texts.length > 0);
  });
  return {
    definition,
    inputJson,
    mode: options.detach ? "detached" : "foreground",
    cwd: folder,
    file,
    codeHash,
    ...(exportName === undefined ? {} : { exportName }),
    ...(options.key === undefined ? {} : { key: options.key }),
    ...(options.label === undefined ? {} : { labels: options.label }),
    ...(options.maxConcurrent === undefined
      ? {}
      : { maxConcurrent: parseCount("--max-concurrent", options.maxConcurrent) }),
    ...(options.eager ? { strategy: "eager" as const } : {}),
    ...(options.review ? { review: true } : {}),
  };
}

function refuseWrongOptions({ eager, review, sync }: RunOptions): void {
  if (eager && review) {
    throw createUsageError(
      "--eager has no layers to review after. Leave out --eager or --review. Nothing was started.",
    );
  }
  if (sync !== undefined && sync !== "full" && sync !== "normal") {
    throw createUsageError(`--sync: expected full or normal, found "${String(sync)}". Nothing was started.`);
  }
}
