import type { Command } from "commander";
import { EXIT, LockstepError } from "../../core/errors.ts";
import { findLeftLogs } from "../../engine/prune-logs.ts";
import { type DatabasePath, getLogsFolder } from "../../platform/paths.ts";
import { translateFileError } from "../../store/file-modes.ts";
import { openStore } from "../../store/open-store.ts";
import { listDamage, withDatabaseFile } from "../../store/verify-database.ts";
import { checkEngines } from "../check-engines.ts";
import { checkPlace } from "../check-place.ts";
import { checkWork } from "../check-work.ts";
import type { CommandContext, CommandModule, CommonOptions } from "../command-context.ts";
import { refuseWritableConfig } from "../config-source.ts";
import { countNoun } from "../count-noun.ts";
import { formatBytes } from "../database-size.ts";
import { inspectConfig } from "../inspect-config.ts";
import type { Finding } from "../inspect-workflows.ts";
import { writeJson } from "../json-output.ts";
import { createEngineProbe, type Database, locateDatabase, showPath } from "../open-database.ts";
import { renderFinding } from "../render-finding.ts";
import { readVersion } from "../version.ts";

interface DoctorOptions extends CommonOptions {
  readonly full?: boolean;
}

export const doctorCommand: CommandModule = {
  examples: ["lockstep doctor", "lockstep doctor --full --json"],
  configure(command: Command, context, finish) {
    command
      .option("--full", "Read every index of the database, too; slow on a large one")
      .action((options: DoctorOptions) => finish(executeDoctor(context, options)));
  },
};

/** Where one of these was found, nothing is opened. */
const UNREADABLE = new Set(["database_missing", "database_network", "database_not_a_file", "database_permission"]);

async function executeDoctor(context: CommandContext, options: DoctorOptions): Promise<number> {
  const findings: Finding[] = [checkNode(), ...(await checkConfig(context))];
  const place = await locate(context, options, findings);
  if (place !== undefined) {
    const found = await checkPlace(place).catch((error) => [toFinding(translateFileError(error, place.path))]);
    findings.push(...found);
    if (!found.some(({ code }) => UNREADABLE.has(code))) {
      findings.push(...(await checkFile(context, options, place.path)));
    }
  }
  if (options.json) writeJson(context, findings);
  else context.output.writeOut(`${findings.map(renderFinding).join("\n")}\n`);
  return findings.some((each) => each.level === "error") ? EXIT.failed : EXIT.succeeded;
}

function checkNode(): Finding {
  const message = `lockstep ${readVersion()}, Node ${process.versions.node} (${process.execPath})`;
  return { level: "ok", code: "node", message };
}

async function checkConfig(context: CommandContext): Promise<readonly Finding[]> {
  const { found, findings } = await inspectConfig(context);
  if (found === undefined) return findings;
  const file = showPath(context, found.path);
  try {
    refuseWritableConfig(found.path);
    return [{ level: "ok", code: "config", message: `config ${file}`, file }];
  } catch (error) {
    return [toFinding(error)];
  }
}

/** What a check ran into: an error of operation is what it has found. */
function toFinding(error: unknown): Finding {
  if (!(error instanceof LockstepError)) throw error;
  const { code, message, hint, place } = error;
  return { level: "error", code, message, ...(hint === undefined ? {} : { fix: hint }), ...place };
}

async function locate(
  context: CommandContext,
  options: DoctorOptions,
  findings: Finding[],
): Promise<DatabasePath | undefined> {
  try {
    return await locateDatabase(context, options);
  } catch (error) {
    const found = toFinding(error);
    if (!findings.some(({ code }) => code === found.code)) findings.push(found);
    return undefined;
  }
}

async function checkFile(context: CommandContext, options: DoctorOptions, path: string): Promise<Finding[]> {
  const depth = options.full ? "full" : "quick";
  try {
    const checked = await withDatabaseFile(path, context.clock, (sqlite, pending) => ({
      pending,
      damage: listDamage(sqlite, depth),
    }));
    if (checked.damage.length > 0) return checked.damage.map(describeDamage);
    const findings = [describeWhole(options), ...describeSchema(checked.pending)];
    if (checked.pending > 0) return findings;
    return [...findings, ...(await checkRows(context, path))];
  } catch (error) {
    return [toFinding(error)];
  }
}

function describeDamage(message: string): Finding {
  const fix = "Stop the engines, keep a copy of the file and its -wal, then: lockstep restore FILE";
  return { level: "error", code: "database_corrupt", message: `the database is damaged: ${message}.`, fix };
}

function describeWhole({ full }: DoctorOptions): Finding {
  const message = `${full ? "every page, index and key" : "every page and key"} of the database holds`;
  return { level: "ok", code: "integrity", message };
}

function describeSchema(pending: number): Finding[] {
  if (pending === 0) return [{ level: "ok", code: "schema", message: "the database is of this version" }];
  const message = `the database was written by an older Lockstep: ${countNoun(pending, "step")} behind.`;
  const fix = "The next command that writes brings it up to date, with a copy kept beside it";
  return [{ level: "warn", code: "database_older", message, fix }];
}

async function checkRows(context: CommandContext, path: string): Promise<Finding[]> {
  const store = await openStore({ path, access: "read", clock: context.clock });
  try {
    const isEngineAlive = createEngineProbe(path);
    const database: Database = { store, path, shownPath: showPath(context, path), isEngineAlive };
    const engines = checkEngines(database);
    return [...engines, ...checkWork(database, context.clock.now()), ...(await checkLogs(database))];
  } finally {
    store.close();
  }
}

async function checkLogs({ store, path }: Database): Promise<Finding[]> {
  const { folders, bytes } = await findLeftLogs(store, getLogsFolder(path));
  if (folders === 0) return [];
  const message = `${countNoun(folders, "folder")} of logs of runs that are not in the database (${formatBytes(bytes)}).`;
  return [
    { level: "warn", code: "orphan_logs", message, fix: "The daemon's retention and lockstep prune remove them" },
  ];
}
