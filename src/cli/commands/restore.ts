import { existsSync, type Stats, statSync } from "node:fs";
import { resolve } from "node:path";
import type { Command } from "commander";
import { EXIT, NotFoundError } from "../../core/errors.ts";
import { createEngineLocks } from "../../platform/engine-locks.ts";
import { createDatabaseFolder, openLike, translateFileError } from "../../store/file-modes.ts";
import { replaceDatabase } from "../../store/replace-database.ts";
import { listRuns } from "../../views/list-runs.ts";
import type { CommandContext, CommandModule, CommonOptions } from "../command-context.ts";
import { countNoun } from "../count-noun.ts";
import { nameOpeners, readEngineNames } from "../describe-engine.ts";
import { formatInstant } from "../format-instant.ts";
import { writeJson } from "../json-output.ts";
import { changeDatabase, type Database, findConfigGroup, findDatabasePath, showPath } from "../open-database.ts";
import { createUsageError } from "../read-options.ts";
import { setLogsAside } from "../set-logs-aside.ts";

export const restoreCommand: CommandModule = {
  examples: ["lockstep restore backups/monday.db", "lockstep restore .lockstep/lockstep.db.before-1.bak"],
  configure(command: Command, context, finish) {
    command
      .argument("<file>", "A backup, or another copy of a database")
      .action((file: string, options: CommonOptions) => finish(executeRestore(context, file, options)));
  },
};

async function executeRestore(context: CommandContext, name: string, options: CommonOptions): Promise<number> {
  const path = await findDatabasePath(context, options);
  const from = findSource(context, name, path);
  const group = await findConfigGroup(context);
  const stamp = toStamp(context.clock.now());
  const kept = `${path}.before-restore-${stamp}`;
  createDatabaseFolder(path, group);
  const nameEngineOf = await readEngineNames(context, options);
  const findLiveEngine = (): string | undefined => {
    const lock = createEngineLocks(path).findLive();
    return lock === undefined ? undefined : nameEngineOf(lock);
  };
  const setModes = (file: string): void => openLike(file, path, group);
  await replaceDatabase({
    from,
    path,
    kept,
    clock: context.clock,
    findLiveEngine,
    listOpeners: () => nameOpeners(path),
    setModes,
  });
  return await changeDatabase(context, options, (database) => {
    const setAside = setLogsAside(database, stamp);
    report(context, options, database, { from, kept: existsSync(kept) ? kept : null, setAside });
    return EXIT.succeeded;
  });
}

function findSource(context: CommandContext, name: string, path: string): string {
  const from = resolve(context.cwd, name);
  const found = findStats(from);
  if (found === undefined) throw new NotFoundError(`There is no file ${from}. Nothing was changed.`);
  const database = findStats(path);
  if (database?.ino === found.ino && database.dev === found.dev) {
    throw createUsageError(`${from} is the database itself. Expected a backup of it. Nothing was changed.`);
  }
  return from;
}

function findStats(file: string): Stats | undefined {
  try {
    return statSync(file, { throwIfNoEntry: false });
  } catch (error) {
    throw translateFileError(error, file);
  }
}

/** `20261124T061000123Z`: sorts, is safe in file names, and differs from that of the restore before. */
function toStamp(at: number): string {
  return new Date(at).toISOString().replace(/[-:.]/g, "");
}

interface Restored {
  readonly from: string;
  /** Null: there was no database. */
  readonly kept: string | null;
  readonly setAside: number;
}

const RUNS_MAX = 1_000;

function report(context: CommandContext, options: CommonOptions, database: Database, restored: Restored): void {
  const { store, path, shownPath, isEngineAlive } = database;
  const { runs } = listRuns(store, { status: ["interrupted"], limit: RUNS_MAX }, isEngineAlive);
  const interrupted = runs.map((line) => line.run).reverse();
  const [newest] = listRuns(store, { limit: 1 }, isEngineAlive).runs;
  if (options.json) {
    const newestRun = newest === undefined ? null : newest.run;
    writeJson(context, { database: path, ...restored, newestRun, interrupted });
    return;
  }
  const upTo = newest === undefined ? "no runs" : `runs up to #${newest.run}, ${formatInstant(newest.createdAt)}`;
  const lines = [`${shownPath} is ${showPath(context, restored.from)} now (${upTo}).`];
  if (restored.kept !== null) lines.push(`What was there is kept: ${showPath(context, restored.kept)}`);
  if (restored.setAside > 0) lines.push(`Logs of ${countNoun(restored.setAside, "run")} of it are kept, too.`);
  if (interrupted.length > 0) {
    lines.push(`${countNoun(interrupted.length, "run")} will go on: lockstep resume --all (detached: the daemon)`);
  }
  lines.push("Schedules catch up from the backup's time on, as their catchup: says.");
  context.output.writeOut(`${lines.join("\n")}\n`);
}
