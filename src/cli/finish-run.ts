import { EXIT } from "../core/errors.ts";
import type { CommandContext, CommonOptions } from "./command-context.ts";
import { toRunExitCode } from "./exit-code.ts";
import type { Followed } from "./follow-run.ts";
import { loadRun } from "./get-run.ts";
import { toRunJson, writeJson } from "./json-output.ts";
import type { Database } from "./open-database.ts";
import { createRunNotFoundError } from "./run-reference.ts";
import { summarizeRun } from "./run-summary.ts";

/** The end of each command that followed a run: its closing lines or its JSON, and the exit code. */
export function finishRun(
  context: CommandContext,
  options: CommonOptions,
  database: Database,
  runId: number,
  { wasInterrupted }: Followed,
): number {
  const run = loadRun(database, runId);
  if (run === undefined) throw createRunNotFoundError(runId, database, database.shownPath);
  const isOver = ["succeeded", "failed", "canceled"].includes(run.status);
  if (options.json) writeJson(context, toRunJson(run));
  else if (wasInterrupted && !isOver) {
    context.output.writeError(`Interrupted. Nothing is lost: lockstep resume ${runId}\n`);
  } else context.output.writeOut(`${summarizeRun(run).join("\n")}\n`);
  return wasInterrupted && !isOver ? EXIT.interrupted : toRunExitCode(run.status);
}
