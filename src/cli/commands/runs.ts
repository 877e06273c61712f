import type { Command } from "commander";
import { findClosest } from "../../core/did-you-mean.ts";
import { formatDuration } from "../../core/duration-format.ts";
import { EXIT } from "../../core/errors.ts";
import { RUN_STATUSES } from "../../core/run-status.ts";
import { sanitizeLine } from "../../core/sanitize-text.ts";
import { cutToWidth, layOutTable } from "../../core/text-width.ts";
import { evaluateReturns } from "../../definition/yaml/evaluate-returns.ts";
import { listRuns, needsResume, RUNS_LIMIT_DEFAULT, type RunFilter, type RunLine } from "../../views/list-runs.ts";
import type { SeenRunStatus } from "../../views/run-record.ts";
import { showRun } from "../../views/show-run.ts";
import type { CommandContext, CommandModule, CommonOptions } from "../command-context.ts";
import { formatInstant } from "../format-instant.ts";
import { toRunLineJson, writeJson } from "../json-output.ts";
import { type Database, readDatabase } from "../open-database.ts";
import { collectPairs, createUsageError, parseCount, parseDurationOption } from "../read-options.ts";

const LIMIT_MAX = 10_000;

interface RunsOptions extends CommonOptions {
  readonly status?: string;
  readonly workflow?: string;
  readonly label?: Record<string, string>;
  readonly since?: string;
  readonly limit?: string;
  readonly all?: boolean;
}

export const runsCommand: CommandModule = {
  examples: ["lockstep runs --status failed,interrupted", "lockstep runs --workflow import --since 7d --json"],
  configure(command: Command, context, finish) {
    command
      .option("--status <status>", "Only these, separated by commas")
      .option("--workflow <name>", "Only runs of this workflow")
      .option("--label <name=text>", "Only runs with this label; may be repeated", collectPairs("--label"))
      .option("--since <duration>", "Only runs created so long ago at most, such as 2h or 7d")
      .option("--all", "Child runs, too; they are also listed with --workflow")
      .option("--limit <n>", `At most so many, the newest (default: ${RUNS_LIMIT_DEFAULT})`)
      .action((options: RunsOptions) => finish(executeRuns(context, options)));
  },
};

async function executeRuns(context: CommandContext, options: RunsOptions): Promise<number> {
  const filter = toFilter(context, options);
  return await readDatabase(context, options, (database, shownPath) => {
    const page =
      database === undefined ? { runs: [], next: null } : listRuns(database.store, filter, database.isEngineAlive);
    if (options.json) writeJson(context, database === undefined ? [] : toJson(database, page.runs));
    else if (page.runs.length === 0) context.output.writeOut(`${describeEmpty(options, shownPath)}\n`);
    else context.output.writeOut(renderRuns(context, page.runs, page.next !== null));
    return EXIT.succeeded;
  });
}

function toJson({ store, isEngineAlive }: Database, runs: readonly RunLine[]) {
  return runs.map((line) => {
    const view = showRun(store, line.run, { isEngineAlive, evaluateReturns });
    return view === undefined ? null : toRunLineJson(view);
  });
}

function describeEmpty(options: RunsOptions, shownPath: string): string {
  const isFiltered = Boolean(options.status || options.workflow || options.label || options.since);
  return isFiltered
    ? `No runs in ${shownPath} are like that. All: lockstep runs`
    : `No runs yet in ${shownPath}. Start one: lockstep run FILE`;
}

function renderRuns({ output, clock }: CommandContext, runs: readonly RunLine[], hasMore: boolean): string {
  const head = ["RUN", "WORKFLOW", "STATUS", "PROGRESS", "CREATED", "TOOK", ""];
  const rows = runs.map((line) => [
    String(line.run),
    sanitizeLine(line.workflow) + (line.parent === null ? "" : ` ‹ #${line.parent}`),
    line.status,
    `L${line.layer} ${line.tasksDone}/${line.tasksTotal}`,
    formatInstant(line.createdAt),
    line.startedAt === null ? "-" : formatDuration((line.finishedAt ?? clock.now()) - line.startedAt),
    suggestNext(line),
  ]);
  const lines = layOutTable([head, ...rows], [0]);
  if (hasMore) lines.push(`… older ones: lockstep runs --limit ${runs.length * 5}`);
  return `${lines.map((line) => (output.outIsTerminal ? cutToWidth(line, output.width) : line)).join("\n")}\n`;
}

/** What continues a run that does not go on by itself. */
function suggestNext(line: RunLine): string {
  const { run, status, reason } = line;
  if (needsResume(line)) return `lockstep resume ${run}`;
  if (status === "waiting" || line.openGates > 0) return `lockstep checkpoints`;
  if (status === "failed" && line.parent === null) return `lockstep retry ${run}`;
  return reason === null ? "" : sanitizeLine(reason);
}

function toFilter({ clock }: CommandContext, options: RunsOptions): RunFilter {
  return {
    ...(options.status === undefined ? {} : { status: options.status.split(",").map(parseStatus) }),
    ...(options.workflow === undefined ? {} : { workflow: options.workflow }),
    ...(options.all || options.workflow !== undefined ? { withChildren: true } : {}),
    ...(options.label === undefined ? {} : { labels: options.label }),
    ...(options.since === undefined ? {} : { sinceAt: clock.now() - parseDurationOption("--since", options.since) }),
    ...(options.limit === undefined ? {} : { limit: parseCount("--limit", options.limit, LIMIT_MAX) }),
  };
}

function parseStatus(text: string): SeenRunStatus {
  const all: readonly SeenRunStatus[] = [...RUN_STATUSES, "interrupted"];
  const word = text.trim();
  const found = all.find((status) => status === word);
  if (found !== undefined) return found;
  const meant = findClosest(word, all);
  const question = meant === undefined ? "" : ` Did you mean "${meant}"?`;
  throw createUsageError(`--status: expected one of ${all.join(", ")}, found "${word}".${question}`);
}
