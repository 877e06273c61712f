import type { Command } from "commander";
import { ConflictError, EXIT } from "../../core/errors.ts";
import { sanitizeLine } from "../../core/sanitize-text.ts";
import { getRows } from "../../store/rows.ts";
import { listRuns, type RunFilter } from "../../views/list-runs.ts";
import { findRootRun } from "../../views/related-runs.ts";
import type { RunView, TaskView } from "../../views/show-run.ts";
import { listWorkingTasks } from "../../views/working-tasks.ts";
import type { CommandContext, CommandModule } from "../command-context.ts";
import { countNoun } from "../count-noun.ts";
import { decideInForeground } from "../decide-in-foreground.ts";
import { type Execution, type ExecutionOptions, startExecution } from "../execution.ts";
import { toRunExitCode } from "../exit-code.ts";
import { finishRun } from "../finish-run.ts";
import { type Followed, followElsewhere, followExecution } from "../follow-run.ts";
import { loadRun } from "../get-run.ts";
import { toRunJson, writeJson } from "../json-output.ts";
import { withWorkflowHost } from "../load-workflow.ts";
import { type Database, readDatabase } from "../open-database.ts";
import { isOfProgram, queueForProgram } from "../queue-for-program.ts";
import { createUsageError } from "../read-options.ts";
import { rebindWorkflow } from "../rebind-workflow.ts";
import { createRunNotFoundError, getRunId } from "../run-reference.ts";

interface ResumeOptions extends ExecutionOptions {
  readonly all?: boolean;
}

export const resumeCommand: CommandModule = {
  examples: ["lockstep resume 2", "lockstep resume --all"],
  configure(command: Command, context, finish) {
    command
      .argument("[runs...]", "Their numbers, or @last")
      .option("--all", "All that are interrupted or paused")
      .action((runs: string[], options: ResumeOptions) => finish(executeResume(context, runs, options)));
  },
};

async function executeResume(
  context: CommandContext,
  references: readonly string[],
  options: ResumeOptions,
): Promise<number> {
  const runs = await pickRuns(context, references, options);
  if (runs.length === 0) {
    if (options.json) writeJson(context, []);
    else context.output.writeOut("Nothing is interrupted or paused.\n");
    return EXIT.succeeded;
  }
  const own = runs.filter((run) => !isOfProgram(run));
  const elsewhere = await queueForProgram(context, options, runs.filter(isOfProgram), (control, { run }) =>
    control.resume(run),
  );
  if (own.length === 0) {
    if (options.json) writeRuns(context, elsewhere);
    return EXIT.succeeded;
  }
  return await withWorkflowHost(context, async (host) => {
    for (const run of own) await rebindWorkflow(context, host, run);
    const execution = await startExecution(context, options, host);
    try {
      return await resumeAll(context, options, execution, own, elsewhere);
    } finally {
      await execution.close();
    }
  });
}

/** The runs as they are before anything is changed; each is there. */
async function pickRuns(
  context: CommandContext,
  references: readonly string[],
  options: ResumeOptions,
): Promise<RunView[]> {
  if (references.length === 0 && !options.all) {
    throw createUsageError("Name the runs to continue, such as: lockstep resume 2. All of them: lockstep resume --all");
  }
  return await readDatabase(context, options, (database, shownPath) => {
    const ids = references.map((text) => getRunId(text, database, shownPath));
    const all = options.all && database !== undefined ? listStopped(database) : [];
    const roots = ids.map((id) => toRoot(context, database, id));
    return [...new Set([...roots, ...all])].map((id) => {
      const run = database === undefined ? undefined : loadRun(database, id);
      if (run === undefined) throw createRunNotFoundError(id, database, shownPath);
      return run;
    });
  });
}

/** A child run goes on with the run that it belongs to: its result is waited for there. */
function toRoot({ output }: CommandContext, database: Database | undefined, id: number): number {
  const root = database === undefined ? id : findRootRun(database.store, id);
  if (root !== id) output.writeError(`#${id} is a child run of #${root}, which is resumed with it.\n`);
  return root;
}

const RUNS_MAX = 1_000;

/** Oldest first. A queued foreground run was given back by an engine that was stopped; a detached one waits for its turn. */
function listStopped({ store, isEngineAlive }: Database): number[] {
  const find = (filter: RunFilter) => listRuns(store, { ...filter, limit: RUNS_MAX }, isEngineAlive).runs;
  const stopped = find({ status: ["interrupted", "paused"] });
  const givenBack = find({ status: ["queued"], mode: "foreground" });
  return [...stopped, ...givenBack].map((line) => line.run).sort((one, other) => one - other);
}

/** @param elsewhere those that programs go on with */
async function resumeAll(
  context: CommandContext,
  options: ResumeOptions,
  execution: Execution,
  runs: readonly RunView[],
  elsewhere: readonly RunView[],
): Promise<number> {
  const [first] = runs;
  if (first !== undefined && runs.length + elsewhere.length === 1) {
    const { follow } = await resumeOne(context, execution, first);
    const followed = await decideInForeground(context, options, execution, first.run, await follow());
    return finishRun(context, options, execution, first.run, followed);
  }
  const resumed = [];
  for (const run of runs) resumed.push(await resumeUnlessRefused(context, execution, run));
  const followed: Followed[] = [];
  for (const each of resumed) if (each !== undefined) followed.push(await each.follow());
  const views = runs.map((run) => loadRun(execution, run.run)).filter((view) => view !== undefined);
  if (options.json) writeJson(context, [...views, ...elsewhere].map(toRunJson));
  else
    for (const view of views) context.output.writeOut(`#${view.run} ${sanitizeLine(view.workflow)} ${view.status}\n`);
  if (followed.some((each) => each.wasInterrupted)) return EXIT.interrupted;
  const refused = followed.length < runs.length ? EXIT.conflict : EXIT.succeeded;
  return Math.max(refused, ...followed.map((each) => toRunExitCode(each.status)));
}

/** One that was named alone is no list. */
function writeRuns(context: CommandContext, runs: readonly RunView[]): void {
  const [first, ...others] = runs.map(toRunJson);
  writeJson(context, others.length === 0 ? first : [first, ...others]);
}

interface Resumed {
  readonly follow: () => Promise<Followed>;
}

/** One of several that another engine was quicker with must not keep the others from going on: it is only told. */
async function resumeUnlessRefused(
  context: CommandContext,
  execution: Execution,
  run: RunView,
): Promise<Resumed | undefined> {
  try {
    return await resumeOne(context, execution, run);
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error;
    context.output.writeError(`${error.message}\n`);
    return undefined;
  }
}

async function resumeOne(context: CommandContext, execution: Execution, run: RunView): Promise<Resumed> {
  const isPausing = getRows(execution.store).runs.get(run.run).intent === "pause";
  if (run.status === "running" && isPausing) {
    // Another engine executes it: what was asked for is taken back.
    await execution.store.writeTransaction(() => execution.control.resume(run.run));
    return { follow: () => followElsewhere(context, execution, run.run) };
  }
  await execution.engine.takeUp(run.run);
  context.output.writeError(`${describeResumed(run)}\n`);
  return { follow: () => followExecution(context, execution, run.run) };
}

/** `#2 import resumed: 8 results kept, 4 attempts begin again` */
function describeResumed(run: RunView): string {
  const tasks = listWorkingTasks(run.tasks);
  const kept = tasks.filter((task) => task.status === "succeeded").length;
  const again = tasks.filter((task) => task.status === "running" || wasCutOff(task)).length;
  const begins = again === 1 ? "begins" : "begin";
  return `#${run.run} ${sanitizeLine(run.workflow)} resumed: ${countNoun(kept, "result")} kept, ${countNoun(again, "attempt")} ${begins} again`;
}

/** By an engine that was stopped, and gave back what it ran. */
function wasCutOff({ status, attempts }: TaskView): boolean {
  return status === "ready" && attempts.at(-1)?.status === "interrupted";
}
