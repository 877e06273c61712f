import type { Command } from "commander";
import { EXIT } from "../../core/errors.ts";
import { sanitizeBlock, sanitizeLine } from "../../core/sanitize-text.ts";
import { explainRun } from "../../views/explain-run.ts";
import { explainTask } from "../../views/explain-task.ts";
import { type ExplainedRun, toExplainedRun } from "../../views/explained-run.ts";
import { readRunSpec } from "../../views/run-record.ts";
import type { RunView, TaskView } from "../../views/show-run.ts";
import type { CommandContext, CommandModule, CommonOptions } from "../command-context.ts";
import { getTask } from "../find-task.ts";
import { getRun } from "../get-run.ts";
import { writeJson } from "../json-output.ts";
import { readDatabase } from "../open-database.ts";
import { createRunNotFoundError } from "../run-reference.ts";
import { nameTask } from "../run-summary.ts";

/** Of a whole run, the tasks that there is something to say about, at most so many. */
const TASKS_MAX = 20;

export const whyCommand: CommandModule = {
  examples: ["lockstep why 412 prune", "lockstep why @last"],
  configure(command: Command, context, finish) {
    command
      .argument("<run>", "Its number, or @last")
      .argument("[task]", "A task, or an instance of a map such as process[3]")
      .action((run: string, task: string | undefined, options: CommonOptions) =>
        finish(executeWhy(context, run, task, options)),
      );
  },
};

interface Explanation {
  readonly task: string;
  readonly index: number | null;
  readonly status: string;
  readonly because: readonly string[];
}

async function executeWhy(
  context: CommandContext,
  reference: string,
  taskName: string | undefined,
  options: CommonOptions,
): Promise<number> {
  return await readDatabase(context, options, (database, shownPath) => {
    const run = getRun(reference, database, shownPath);
    if (database === undefined) throw createRunNotFoundError(run.run, database, shownPath);
    const { store, isEngineAlive } = database;
    const explained = toExplainedRun(run, readRunSpec(store, run.run), context.clock.now());
    const tasks = taskName === undefined ? pickTasks(run) : [getTask(run, taskName)];
    const because = explainRun(store, run, isEngineAlive);
    const explanations = tasks.map((task) => explain(explained, task));
    const { workflow, status } = run;
    if (options.json) writeJson(context, { run: run.run, workflow, status, because, tasks: explanations });
    else context.output.writeOut(`${render(run, because, explanations, taskName !== undefined).join("\n")}\n`);
    return EXIT.succeeded;
  });
}

function explain(explained: ExplainedRun, task: TaskView): Explanation {
  return { task: task.id, index: task.index, status: task.status, because: explainTask(explained, task) };
}

/** Failures first, then what waits, then what ran more than once. */
function pickTasks(run: RunView): TaskView[] {
  const unfinished = run.tasks.filter((task) => task.status !== "succeeded" || task.attempts.length > 1);
  const rank = (task: TaskView) => (task.status === "failed" ? 0 : task.status === "succeeded" ? 2 : 1);
  return unfinished.sort((one, other) => rank(one) - rank(other)).slice(0, TASKS_MAX);
}

function render(
  run: RunView,
  because: readonly string[],
  explanations: readonly Explanation[],
  isOneTask: boolean,
): string[] {
  const head = `#${run.run} ${sanitizeLine(run.workflow)} `;
  const ofRun = isOneTask ? [] : because.map((sentence) => `${head}${toLines(sentence)}`);
  const ofTasks = explanations.flatMap((each) => {
    const [first = "", ...others] = each.because.map(toLines);
    const name = nameTask({ id: each.task, index: each.index });
    return [`${isOneTask ? head : "  "}${name} ${first}`, ...others.map((sentence) => `    ${sentence}`)];
  });
  return [...ofRun, ...ofTasks];
}

/** Its further lines stand below the first, farther in than any sentence. */
function toLines(sentence: string): string {
  return sanitizeBlock(sentence.trimEnd()).replaceAll("\n", "\n      ");
}
