import { setTimeout as sleep } from "node:timers/promises";
import type { Command } from "commander";
import { DatabaseError, EXIT, NotFoundError } from "../../core/errors.ts";
import type { PrunePolicy } from "../../engine/plan-prune.ts";
import { pruneLogs, removeRunLogs } from "../../engine/prune-logs.ts";
import { countPrunable, pruneDefinitions, pruneEngines, pruneNotices, pruneRuns } from "../../engine/prune-runs.ts";
import { createEngineLocks } from "../../platform/engine-locks.ts";
import { getLogsFolder } from "../../platform/paths.ts";
import { measureFreePages, vacuum } from "../../store/free-pages.ts";
import type { CommandContext, CommandModule, CommonOptions } from "../command-context.ts";
import { findConfig } from "../config-source.ts";
import { countNoun } from "../count-noun.ts";
import { formatBytes } from "../database-size.ts";
import { formatInstant } from "../format-instant.ts";
import { writeJson } from "../json-output.ts";
import { changeKnownDatabase, type Database, readDatabase } from "../open-database.ts";
import { createUsageError, parseCount, parseDurationOption } from "../read-options.ts";

interface PruneOptions extends CommonOptions {
  readonly olderThan?: string;
  readonly keep?: string;
  readonly logsOnly?: boolean;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly withDecisions?: boolean;
  readonly vacuum?: boolean;
}

export const pruneCommand: CommandModule = {
  examples: [
    "lockstep prune --older-than 90d --keep 50 --dry-run",
    "lockstep prune --older-than 30d --logs-only --yes",
  ],
  configure(command: Command, context, finish) {
    command
      .option("--older-than <duration>", "Only what ended so long ago (default: retention of the config)")
      .option("--keep <n>", "The newest runs of each workflow stay in any case")
      .option("--logs-only", "Only logs; the runs stay")
      .option("--with-decisions", "Also runs on which people decided, and what they decided")
      .option("--dry-run", "Only say what would go")
      .option("--yes", "Do not ask")
      .option("--vacuum", "Give free space of the file back to the disk; only while no engine runs")
      .action((options: PruneOptions) => finish(executePrune(context, options)));
  },
};

/** What is asked for, with the config's retention where an option says nothing. */
interface Wanted {
  readonly policy: PrunePolicy;
  /** Logs of runs that ended before it go, also where the run stays. */
  readonly logsBeforeAt: number;
}

async function executePrune(context: CommandContext, options: PruneOptions): Promise<number> {
  const wanted = await readWanted(context, options);
  if (options.dryRun) return await tellDry(context, options, wanted);
  // An older file is brought up to date first: it is about to be changed.
  const found = await changeKnownDatabase(context, options, (database) => count(database, wanted, options));
  await confirm(context, options, found, wanted);
  return await changeKnownDatabase(context, options, (database) => prune(context, options, database, wanted));
}

async function tellDry(context: CommandContext, options: PruneOptions, wanted: Wanted): Promise<number> {
  return await readDatabase(context, options, async (database, shownPath) => {
    if (database === undefined) throw new NotFoundError(`There is no database at ${shownPath}: nothing can be pruned.`);
    const found = await count(database, wanted, options);
    if (options.json) writeJson(context, { dryRun: true, ...found });
    else context.output.writeOut(`${describe(found, wanted, "would go")}\n`);
    return EXIT.succeeded;
  });
}

async function readWanted(context: CommandContext, options: PruneOptions): Promise<Wanted> {
  const retention = (await findConfig(context.cwd))?.config.retention ?? {};
  const isAsked = options.olderThan !== undefined || options.keep !== undefined;
  const olderMs = options.olderThan === undefined ? undefined : parseDurationOption("--older-than", options.olderThan);
  const now = context.clock.now();
  const runsMs = olderMs ?? (isAsked ? 0 : retention.runsMs);
  const logsMs = olderMs ?? (isAsked ? undefined : (retention.logsMs ?? retention.runsMs));
  if (runsMs === undefined && logsMs === undefined && !options.vacuum) {
    throw createUsageError(
      "Say what may go: --older-than 90d, or --keep 50 for the newest of each workflow (or retention: in lockstep.config.yaml). Nothing was changed.",
    );
  }
  const keep = options.keep === undefined ? (isAsked ? 0 : (retention.keep ?? 0)) : parseCount("--keep", options.keep);
  return {
    policy: {
      beforeAt: options.logsOnly || runsMs === undefined ? 0 : now - runsMs,
      keep,
      withDecisions: options.withDecisions === true,
    },
    logsBeforeAt: logsMs === undefined ? 0 : now - logsMs,
  };
}

interface Found {
  readonly runs: number;
  readonly decided: number;
  readonly logs: number;
  readonly logBytes: number;
}

async function count({ store, path }: Database, { policy, logsBeforeAt }: Wanted, options: PruneOptions) {
  const logs = await pruneLogs({ store, logsDir: getLogsFolder(path), pause }, logsBeforeAt, true);
  const { runs, decided } = options.logsOnly ? { runs: 0, decided: 0 } : await countPrunable({ store, pause }, policy);
  return { runs, decided, logs: logs.folders, logBytes: logs.bytes };
}

/** Between two transactions: an engine that waits to write finds the gap. */
const PAUSE_MS = 2;

const pause = (): Promise<void> => sleep(PAUSE_MS);

function describe(found: Found, { policy, logsBeforeAt }: Wanted, goes: string): string {
  const kept = found.decided === 0 ? "" : ` (of ${found.decided} what was decided stays)`;
  const newest = policy.keep > 0 ? `, beyond the newest ${policy.keep} of each workflow,` : "";
  const before = policy.beforeAt === 0 ? "" : ` that ended before ${formatInstant(policy.beforeAt)}${newest}`;
  const logs = `logs of ${countNoun(found.logs, "run")} (${formatBytes(found.logBytes)})`;
  const alone = policy.beforeAt === 0 && logsBeforeAt > 0 ? ` that ended before ${formatInstant(logsBeforeAt)}` : "";
  if (policy.beforeAt === 0) return `${logs}${alone} ${goes}.`.replace(/^l/, "L");
  return `${countNoun(found.runs, "run")}${before}${kept} and ${logs} ${goes}.`;
}

async function confirm(context: CommandContext, options: PruneOptions, found: Found, wanted: Wanted): Promise<void> {
  if (options.yes || (found.runs === 0 && found.logs === 0)) return;
  if (context.question === undefined || options.json) {
    throw createUsageError(`${describe(found, wanted, "would go")} Say that it may: --yes. Nothing was changed.`);
  }
  const answer = await context.question(`${describe(found, wanted, "will go")} Go on? [y/N] `);
  if (!/^y(es)?$/i.test(answer.trim())) throw createUsageError("Nothing was changed.");
}

async function prune(
  context: CommandContext,
  options: PruneOptions,
  { store, path, shownPath }: Database,
  { policy, logsBeforeAt }: Wanted,
): Promise<number> {
  const { clock } = context;
  const logsDir = getLogsFolder(path);
  const findLive = (): string | undefined => createEngineLocks(path).findLive();
  let runs = { runs: 0, decided: 0 };
  if (!options.logsOnly) {
    const onGone = (runId: number): Promise<void> => removeRunLogs(logsDir, runId);
    runs = await pruneRuns({ store, clock, pause, onGone }, policy);
    await pruneNotices({ store, clock }, policy.beforeAt);
    await pruneEngines({ store, clock }, policy.beforeAt);
    if (findLive() === undefined) await pruneDefinitions({ store, clock });
  }
  const logs = await pruneLogs({ store, logsDir, pause }, logsBeforeAt);
  if (options.vacuum) {
    refuseLive(shownPath, findLive());
    vacuum(store);
  }
  const freeBytes = measureFreePages(store);
  if (options.json) writeJson(context, { dryRun: false, ...runs, logs: logs.folders, logBytes: logs.bytes, freeBytes });
  else context.output.writeOut(`${tell(runs, logs, freeBytes, options)}\n`);
  return EXIT.succeeded;
}

/** Below it nobody gains by shrinking the file. */
const FREE_BYTES_TOLD = 16 * 1_024 * 1_024;

function tell(
  { runs, decided }: { runs: number; decided: number },
  logs: { folders: number; bytes: number },
  freeBytes: number,
  options: PruneOptions,
): string {
  const kept = decided === 0 ? "" : ` (of ${decided} what was decided stays)`;
  const parts = options.logsOnly ? [] : [`${countNoun(runs, "run")} pruned with their logs${kept}`];
  if (options.logsOnly || logs.folders > 0) {
    parts.push(`logs of ${countNoun(logs.folders, "run")} removed (${formatBytes(logs.bytes)})`);
  }
  const free =
    freeBytes < FREE_BYTES_TOLD
      ? ""
      : `\n${formatBytes(freeBytes)} of the file are free, for new runs. To the disk, while no engine runs: lockstep prune --vacuum`;
  return `${parts.join(", ")}.${free}`;
}

function refuseLive(shownPath: string, lock: string | undefined): void {
  if (lock === undefined) return;
  throw new DatabaseError(
    "database_in_use",
    `${shownPath} is not shrunk while an engine runs (${lock}): it would have to wait. What was pruned is gone, and its space is used again. Stop it first: lockstep stop`,
  );
}
