import type { Command } from "commander";
import { EXIT } from "../../core/errors.ts";
import type { LogLine } from "../../core/log-line.ts";
import { isFinalRun } from "../../core/run-status.ts";
import { sanitizeBlock, sanitizeLine } from "../../core/sanitize-text.ts";
import { findRunStatus } from "../../views/run-record.ts";
import type { CommandContext, CommandModule, CommonOptions } from "../command-context.ts";
import { getTask } from "../find-task.ts";
import { formatLogTime } from "../format-instant.ts";
import { getRun } from "../get-run.ts";
import { writeJson } from "../json-output.ts";
import { type AttemptLog, type LogFilter, LogReader, listAttemptLogs } from "../log-files.ts";
import { type Database, readDatabase } from "../open-database.ts";
import { parseCount } from "../read-options.ts";
import { createRunNotFoundError } from "../run-reference.ts";
import { nameTask } from "../run-summary.ts";
import { waitForChange } from "../wait-for-change.ts";

interface LogsOptions extends CommonOptions {
  readonly follow?: boolean;
  readonly attempt?: string;
  readonly times?: boolean;
}

export const logsCommand: CommandModule = {
  examples: ["lockstep logs 412 dump -f", "lockstep logs @last --attempt 2"],
  configure(command: Command, context, finish) {
    command
      .argument("<run>", "Its number, or @last")
      .argument("[task]", "A task, or an instance of a map such as process[3]")
      .option("-f, --follow", "Go on until the run ends")
      .option("--attempt <n>", "Only of this attempt")
      .option("-t, --times", "Put the time before each line")
      .action((run: string, task: string | undefined, options: LogsOptions) =>
        finish(executeLogs(context, run, task, options)),
      );
  },
};

async function executeLogs(
  context: CommandContext,
  reference: string,
  taskName: string | undefined,
  options: LogsOptions,
): Promise<number> {
  return await readDatabase(context, options, async (database, shownPath) => {
    const run = getRun(reference, database, shownPath);
    if (database === undefined) throw createRunNotFoundError(run.run, database, shownPath);
    const task = taskName === undefined ? undefined : getTask(run, taskName);
    const filter = {
      task: task?.id,
      index: task?.index ?? undefined,
      attempt: options.attempt === undefined ? undefined : parseCount("--attempt", options.attempt),
    };
    const print = (log: AttemptLog, line: LogLine) => printLine(context, options, log, line, taskName === undefined);
    const printed = options.follow
      ? await follow(context, database, run.run, filter, print)
      : printAll(database, run.run, filter, print);
    if (printed === 0 && !options.json) {
      const what = taskName === undefined ? "" : ` ${sanitizeLine(taskName)}`;
      const child = task?.child == null ? "" : ` Its child run has logs: lockstep logs ${task.child.run}`;
      context.output.writeError(`Nothing was captured of #${run.run}${what} (logs lie beside ${shownPath}).${child}\n`);
    }
    return EXIT.succeeded;
  });
}

type PrintLine = (log: AttemptLog, line: LogLine) => void;

function printAll({ path }: Database, runId: number, filter: LogFilter, print: PrintLine): number {
  let printed = 0;
  for (const log of listAttemptLogs(path, runId, filter)) {
    const lines = new LogReader(log.path).readNew();
    printed += lines.length;
    for (const line of lines) print(log, line);
  }
  return printed;
}

/** Until the run has ended or its engine has. */
async function follow(
  context: CommandContext,
  { store, path, isEngineAlive }: Database,
  runId: number,
  filter: LogFilter,
  print: PrintLine,
): Promise<number> {
  const readers = new Map<string, LogReader>();
  let printed = 0;
  for (;;) {
    // The status first: what a run wrote before it ended is then read below.
    const status = findRunStatus(store, runId, isEngineAlive);
    for (const log of listAttemptLogs(path, runId, filter)) {
      const reader = readers.get(log.path) ?? new LogReader(log.path);
      readers.set(log.path, reader);
      const lines = reader.readNew();
      printed += lines.length;
      for (const line of lines) print(log, line);
    }
    if (status === undefined || status === "interrupted" || isFinalRun(status)) return printed;
    if ((await waitForChange(context)) === "interrupted") return printed;
  }
}

function printLine(
  context: CommandContext,
  options: LogsOptions,
  log: AttemptLog,
  { at, mark, text }: LogLine,
  withName: boolean,
): void {
  if (options.json) {
    const { task, index, generation, attempt } = log;
    const stream = mark === "o" ? "stdout" : mark === "e" ? "stderr" : "cut";
    writeJson(context, { at: new Date(at).toISOString(), task, index, generation, attempt, stream, text });
    return;
  }
  const time = options.times ? `${formatLogTime(at)} ${mark === "e" ? "!" : " "}` : "";
  const name = withName ? `${nameTask({ id: log.task, index: log.index })} | ` : "";
  const shown = mark === "x" ? `… ${text} bytes were cut out here …` : text;
  context.output.writeOut(`${time}${name}${sanitizeBlock(shown)}\n`);
}
