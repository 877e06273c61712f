import { lstatSync, readdirSync } from "node:fs";
import { userInfo } from "node:os";
import { basename, dirname, join } from "node:path";
import { LockstepError } from "../core/errors.ts";
import { type DatabasePath, type DatabaseSource, getEnginesFolder, getLogsFolder } from "../platform/paths.ts";
import { refuseNetworkFileSystem } from "../store/network-file-system.ts";
import { formatBytes, readDatabaseSize } from "./database-size.ts";
import type { Finding } from "./inspect-workflows.ts";

/** How the database was found, as people wrote it. */
const SOURCES: Readonly<Record<DatabaseSource, string>> = {
  flag: "--db",
  env: "LOCKSTEP_DB",
  config: "db: of lockstep.config.yaml",
  folder: "the folder .lockstep",
  state: "the state folder of this user",
};

const FREE_BYTES_LOW = 1_024 ** 3;
const FREE_BYTES_MIN = 64 * 1_024 ** 2;
const WAL_BYTES_MAX = 64 * 1_024 ** 2;

/** Where the database lies: who may go there, on what kind of disk, with how much room. Opens nothing. */
export async function checkPlace({ path, source }: DatabasePath): Promise<Finding[]> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  const where = `database ${path} (by ${SOURCES[source]})`;
  if (found === undefined) {
    const fix = "The first run makes it: lockstep run FILE";
    return [{ level: "warn", code: "database_missing", message: `${where} is not there yet.`, fix }];
  }
  if (!found.isFile()) {
    const fix = "Expected the database itself: --db PATH";
    return [{ level: "error", code: "database_not_a_file", message: `${where} is not a plain file.`, fix }];
  }
  return [
    { level: "ok", code: "database_path", message: where },
    ...checkModes(path),
    await checkFileSystem(path),
    ...checkSizes(path),
    ...checkLeftovers(path),
  ];
}

const OTHERS = 0o007;
const GROUP_WRITES = 0o020;

function checkModes(path: string): Finding[] {
  const folder = dirname(path);
  const files = [path, `${path}-wal`, `${path}-shm`, getEnginesFolder(path), getLogsFolder(path)];
  const findings = files.flatMap((file) => checkMode(file, OTHERS, "chmod o-rwx"));
  // A folder of the person's own may be looked into: the database in it is closed. Nobody else may put files there.
  const isSticky = (lstatSync(folder).mode & 0o1000) !== 0;
  if (!isSticky) findings.push(...checkMode(folder, 0o002, "chmod o-w"));
  findings.push(...checkOwner(path));
  if (findings.length > 0) return findings;
  const group = (lstatSync(path).mode & GROUP_WRITES) !== 0 ? " and its group" : "";
  return [{ level: "ok", code: "modes", message: `only its owner${group} can open the database` }];
}

function checkMode(file: string, closed: number, fix: string): Finding[] {
  const mode = lstatSync(file, { throwIfNoEntry: false })?.mode ?? 0;
  if ((mode & closed) === 0) return [];
  const shown = (mode & 0o777).toString(8).padStart(4, "0");
  const message = `${file} is open to others (${shown}).`;
  return [{ level: "error", code: "open_to_others", message, file, fix: `Run: ${fix} ${file}` }];
}

function checkOwner(path: string): Finding[] {
  const { uid, mode } = lstatSync(path);
  const me = process.geteuid?.();
  if (me === undefined || uid === me || (me !== 0 && (mode & GROUP_WRITES) !== 0)) return [];
  const message = `the database belongs to user ${uid}, you are ${userInfo().username} (${me}).`;
  const fix = "Files that you make there may lock its owner out. Run lockstep as that user";
  return [{ level: "warn", code: "other_owner", message, fix }];
}

async function checkFileSystem(path: string): Promise<Finding> {
  try {
    await refuseNetworkFileSystem(path);
    return { level: "ok", code: "file_system", message: "on a local file system" };
  } catch (error) {
    if (!(error instanceof LockstepError)) throw error;
    return { level: "error", code: error.code, message: error.message };
  }
}

function checkSizes(path: string): Finding[] {
  const { bytes, walBytes, freeBytes } = readDatabaseSize(path);
  const room = `${formatBytes(freeBytes)} free on its disk`;
  const findings: Finding[] = [checkFree(freeBytes, `database ${formatBytes(bytes)}, ${room}`)];
  if (walBytes > WAL_BYTES_MAX) {
    const message = `the write-ahead log has ${formatBytes(walBytes)}: somebody has been reading for long.`;
    const fix = "It shrinks when an engine is idle and nobody reads: close terminal UIs and programs that read";
    findings.push({ level: "warn", code: "wal_large", message, fix });
  }
  return findings;
}

function checkFree(freeBytes: number, message: string): Finding {
  if (freeBytes >= FREE_BYTES_LOW) return { level: "ok", code: "disk_space", message };
  const fix = "Make room, or: lockstep prune --older-than 30d";
  return { level: freeBytes < FREE_BYTES_MIN ? "error" : "warn", code: "disk_space", message: `${message}.`, fix };
}

/** What a backup, a restore or an upgrade has left beside the database. */
function checkLeftovers(path: string): Finding[] {
  const folder = dirname(path);
  const mine = readdirSync(folder).filter((name) => name.startsWith(`${basename(path)}.`));
  const measure = (names: readonly string[]): string =>
    formatBytes(
      names.reduce((sum, name) => sum + (lstatSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0), 0),
    );
  const parts = mine.filter((name) => /\.(partial|restoring)-\d+$/.test(name));
  const copies = mine.filter((name) => name.includes(".before-"));
  const findings: Finding[] = [];
  if (lstatSync(path).nlink > 1) {
    const message = "the database has a second name: what is written to one is written to both.";
    const fix = `Find it with: find ${folder} -samefile ${path}; where a restore was ended at once, remove the .before-restore one`;
    findings.push({ level: "warn", code: "second_name", message, fix });
  }
  if (parts.length > 0) {
    const message = `${parts.length} unfinished copies beside the database (${measure(parts)}).`;
    const fix = `Where no backup or restore runs: rm ${join(folder, parts[0] ?? "")}`;
    findings.push({ level: "warn", code: "unfinished_copy", message, fix });
  }
  if (copies.length > 0) {
    const message = `${copies.length} older copies beside the database (${measure(copies)}): kept by restore or an upgrade`;
    findings.push({ level: "ok", code: "older_copies", message });
  }
  return findings;
}
