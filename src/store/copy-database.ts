/**
 * Whole copies of a database: for `backup`, and for `restore` to put in place.
 *
 * B1  A copy has its name only once it is complete, verified and on the disk: until then it is `NAME.partial-PID`.
 * B2  It is one moment of the database (`VACUUM INTO` reads in one transaction), whoever writes meanwhile.
 * B3  A copy is opened through `fs`, to have it on the disk, only while nothing of this process has it open (D1).
 */
import { closeSync, fsyncSync, linkSync, openSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { DatabaseError, InvalidDefinitionError } from "../core/errors.ts";
import type { Clock } from "../core/ports.ts";
import { createPrivateFile, hasCode, translateFileError } from "./file-modes.ts";
import { classifySqliteError, translateSqliteError } from "./translate-sqlite-error.ts";
import { type DatabaseFacts, verifyDatabase, withDatabaseFile } from "./verify-database.ts";

export interface CopyOptions {
  readonly from: string;
  readonly to: string;
  readonly clock: Clock;
  /** Replaces a file of that name. */
  readonly force: boolean;
}

export interface CopiedDatabase extends DatabaseFacts {
  readonly bytes: number;
}

/**
 * Copies the database `from` to the file `to`, 0600, while engines go on. Throws InvalidDefinitionError `backup_exists`,
 * `backup_folder` and `backup_in_use` before anything is written, DatabaseError where either file fails.
 */
export async function copyDatabase({ from, to, clock, force }: CopyOptions): Promise<CopiedDatabase> {
  refuseTarget(from, to, force);
  removeLeftPartials(to);
  const partial = `${to}.partial-${process.pid}`;
  const copied = await writePartial(from, partial, clock);
  try {
    giveName(partial, to, force);
    syncToDisk(dirname(to));
    return copied;
  } catch (error) {
    rmSync(partial, { force: true });
    throw error;
  }
}

/** Writes and verifies a copy that has no name yet (B1). Nothing is left of it when it fails. */
export async function writePartial(from: string, partial: string, clock: Clock): Promise<CopiedDatabase> {
  try {
    createPrivateFile(partial);
    await withDatabaseFile(from, clock, (sqlite) => copyInto(sqlite, partial)); // B2
    syncToDisk(partial); // B3
    const facts = await verifyDatabase(partial, clock);
    return { ...facts, bytes: statSync(partial).size };
  } catch (error) {
    rmSync(partial, { force: true });
    throw error;
  }
}

function copyInto(sqlite: { prepare(sql: string): { run(target: string): unknown }; name: string }, target: string) {
  try {
    sqlite.prepare("VACUUM INTO ?").run(target);
  } catch (error) {
    if (classifySqliteError(error) !== "full") throw translateSqliteError(error, sqlite.name);
    throw new DatabaseError(
      "backup_full",
      `No space is left to write a copy of ${basename(sqlite.name)} into ${dirname(target)}. Nothing was changed. Free space there, or name another folder`,
      { cause: error },
    );
  }
}

function refuseTarget(from: string, to: string, force: boolean): void {
  const folder = statSync(dirname(to), { throwIfNoEntry: false });
  if (folder?.isDirectory() !== true) {
    throw refuse("backup_folder", `There is no folder ${dirname(to)}. Make it first: mkdir -p ${dirname(to)}`);
  }
  const found = statSync(to, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isFile()) throw refuse("backup_folder", `${to} is no file. Expected the name of a file for the backup`);
  const source = statSync(from, { throwIfNoEntry: false });
  if (source?.ino === found.ino && source.dev === found.dev) {
    throw refuse("backup_in_use", `${to} is the database itself. Expected another name for the backup`);
  }
  if (statSync(`${to}-wal`, { throwIfNoEntry: false }) !== undefined) {
    throw refuse("backup_in_use", `${to} is a database in use: it has a -wal beside it. Name another file`);
  }
  if (!force) throw refuse("backup_exists", `${to} is there already. Name another file, or replace it: --force`);
}

function refuse(code: string, message: string): InvalidDefinitionError {
  return new InvalidDefinitionError(`${message}. Nothing was written.`, { code });
}

/** Without `force` a file that has come meanwhile is not replaced either. */
function giveName(partial: string, to: string, force: boolean): void {
  try {
    if (force) return renameSync(partial, to);
    linkSync(partial, to);
    rmSync(partial);
  } catch (error) {
    if (hasCode(error, "EEXIST")) throw refuse("backup_exists", `${to} was made by somebody else meanwhile`);
    if (force || !(hasCode(error, "EPERM") || hasCode(error, "ENOTSUP"))) throw translateFileError(error, to);
    renameSync(partial, to); // a file system without hard links
  }
}

/** What a backup that was killed has left: its copy, and the journal that SQLite had beside it. */
function removeLeftPartials(to: string): void {
  const prefix = `${basename(to)}.partial-`;
  for (const name of readdirSync(dirname(to))) {
    const rest = name.startsWith(prefix) ? name.slice(prefix.length) : "";
    const pid = Number(/^(\d+)(-journal|-wal|-shm)?$/.exec(rest)?.[1] ?? Number.NaN);
    if (Number.isSafeInteger(pid) && pid > 0 && !isProcessThere(pid)) rmSync(join(dirname(to), name), { force: true });
  }
}

function isProcessThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return hasCode(error, "EPERM");
  }
}

/** Of a file: its content; of a folder: the names in it. */
export function syncToDisk(place: string): void {
  const descriptor = openSync(place, "r");
  try {
    fsyncSync(descriptor);
  } catch (error) {
    // Some file systems cannot sync a folder; their names are as safe as they get.
    if (!hasCode(error, "EINVAL") && !hasCode(error, "ENOTSUP")) throw translateFileError(error, place);
  } finally {
    closeSync(descriptor);
  }
}
