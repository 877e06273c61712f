/**
 * Puts a copy in the place of a database, and keeps what was there beside it.
 *
 * R1  Nothing is replaced while another process has the database open: whoever has it open holds a lock on it, and
 *     leaving WAL mode needs all of them. So what is replaced has no `-wal`, unless it cannot be opened at all.
 * R2  The lock on what is replaced is held until the new file has its name.
 * R3  The old file has a second name before the new one takes its first: at no moment there is none.
 */
import { linkSync, lstatSync, renameSync, rmSync, statSync } from "node:fs";
import { basename, dirname } from "node:path";
import type Database from "better-sqlite3";
import { DatabaseError } from "../core/errors.ts";
import type { Clock } from "../core/ports.ts";
import { compareMigrations } from "./applied-migrations.ts";
import { connect } from "./connection.ts";
import { type CopiedDatabase, syncToDisk, writePartial } from "./copy-database.ts";
import { assertDatabaseExists, hasCode, translateFileError } from "./file-modes.ts";
import { readMigrations } from "./migration-files.ts";
import { classifySqliteError, isBusy, translateSqliteError } from "./translate-sqlite-error.ts";

export interface ReplaceOptions {
  readonly from: string;
  /** The database. It need not be there, and it may be damaged. */
  readonly path: string;
  /** Where what is replaced is kept. */
  readonly kept: string;
  readonly clock: Clock;
  /** Who lives on the database, for people, if any engine does. */
  readonly findLiveEngine: () => string | undefined;
  /** Who else has it open, for people; empty: that is not known. */
  readonly listOpeners: () => readonly string[];
  /** Gives the new file the modes that the database has to have. */
  readonly setModes: (file: string) => void;
}

/** Throws DatabaseError: `database_in_use` where anybody has it open; what is wrong with `from`. Then nothing was changed. */
export async function replaceDatabase(options: ReplaceOptions): Promise<CopiedDatabase> {
  const { from, path, clock, findLiveEngine, setModes, listOpeners } = options;
  if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) assertDatabaseExists(path); // no link, no device
  refuseLiveEngine(path, findLiveEngine());
  const partial = `${path}.restoring-${process.pid}`;
  const copied = await writePartial(from, partial, clock);
  const release = takeWhole(path, partial, listOpeners);
  try {
    setModes(partial);
    refuseLiveEngine(path, findLiveEngine());
    swap(options, partial);
  } catch (error) {
    rmSync(partial, { force: true });
    throw translateFileError(error, path);
  } finally {
    release();
  }
  return copied;
}

function refuseLiveEngine(path: string, engine: string | undefined): void {
  if (engine === undefined) return;
  throw new DatabaseError(
    "database_in_use",
    `An engine is running on ${basename(path)} (${engine}). Nothing was changed. Stop it first: lockstep stop`,
  );
}

/** Takes the database for this process alone (R1). One that is not there or not readable as such has nobody in it. */
function takeWhole(path: string, partial: string, listOpeners: () => readonly string[]): () => void {
  if (statSync(path, { throwIfNoEntry: false }) === undefined) return () => {};
  let sqlite: Database.Database | undefined;
  try {
    sqlite = connect(path, "write");
    refuseForeign(sqlite);
    sqlite.pragma("journal_mode = delete");
    sqlite.exec("BEGIN EXCLUSIVE");
    const held = sqlite;
    return () => void held.close();
  } catch (error) {
    sqlite?.close();
    if (classifySqliteError(error) === "corrupt") return () => {}; // damaged: that is why it is replaced
    rmSync(partial, { force: true });
    if (isBusy(error)) throw refuseOpenElsewhere(path, listOpeners(), error);
    throw translateSqliteError(error, path);
  }
}

/** A database of another program is not replaced. One of a newer or another Lockstep is: it is kept. */
function refuseForeign(sqlite: Database.Database): void {
  try {
    compareMigrations(sqlite, readMigrations());
  } catch (error) {
    const isOurs = error instanceof DatabaseError && error.code !== "database_not_lockstep";
    if (!isOurs) throw error;
  }
}

function refuseOpenElsewhere(path: string, openers: readonly string[], cause: unknown): DatabaseError {
  const who =
    openers.length > 0 ? openers.join(", ") : "another process: a terminal UI, a command that follows, or a program";
  return new DatabaseError(
    "database_in_use",
    `${basename(path)} is open in ${who}. Nothing was changed. End it first`,
    { cause },
  );
}

function swap({ path, kept }: ReplaceOptions, partial: string): void {
  // Only of a file that could not be opened (R1): a -wal beside the new file would be read into it.
  for (const ending of ["-wal", "-shm"]) moveIfThere(`${path}${ending}`, `${kept}${ending}`);
  keepBeside(path, kept); // R3
  renameSync(partial, path);
  syncToDisk(dirname(path));
}

function keepBeside(path: string, kept: string): void {
  try {
    linkSync(path, kept);
  } catch (error) {
    if (hasCode(error, "ENOENT")) return;
    if (!hasCode(error, "EPERM") && !hasCode(error, "ENOTSUP")) throw error;
    renameSync(path, kept); // a file system without hard links
  }
}

function moveIfThere(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if (!hasCode(error, "ENOENT")) throw error;
  }
}
