/**
 * How an engine is known to live: it holds a lock that the kernel drops with its process, whatever the process dies of.
 *
 * Owns: the lock file's creation and its connection. Owns not: the engine's row, and when a file may go.
 *
 * K1  The lock is held before the engine's row is written, and a file is removed only after its row is lost or ended.
 * K2  Nothing opens a lock file through `fs` (D1 in open-store.ts).
 */
import {
  chmodSync,
  chownSync,
  closeSync,
  fchmodSync,
  fchownSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  unlinkSync,
} from "node:fs";
import { dirname, join } from "node:path";
import Database from "better-sqlite3";
import { DatabaseError } from "../core/errors.ts";
import type { EngineLock, EngineState } from "../core/ports.ts";

const ENDING = ".lock";
/** A group that may read and write was let in; one that may only read has slipped in by a umask. */
const GROUP_BITS = 0o060;

/**
 * Creates `<dir>/<uid>.lock` and holds it. `databasePath` names the file whose group may probe it, too; without it the
 * lock is the user's alone.
 */
export function acquireEngineLock(dir: string, uid: string, databasePath?: string): EngineLock {
  const name = `${uid}${ENDING}`;
  const path = join(dir, name);
  const { sqlite, dev, ino } = createAndHold(path, databasePath);
  return {
    name,
    path,
    isIntact() {
      const found = lstatSync(path, { bigint: true, throwIfNoEntry: false });
      return sqlite.open && found !== undefined && found.ino === ino && found.dev === dev;
    },
    release: () => void sqlite.close(),
  };
}

function createAndHold(path: string, databasePath: string | undefined) {
  try {
    createLockFile(path, databasePath);
    const { dev, ino } = lstatSync(path, { bigint: true });
    return { sqlite: hold(path), dev, ino };
  } catch (error) {
    throw lockError(path, "cannot be taken", error);
  }
}

function hold(path: string): Database.Database {
  const sqlite = new Database(path, { fileMustExist: true, timeout: 0 });
  try {
    sqlite.pragma("journal_mode = memory");
    sqlite.exec("BEGIN EXCLUSIVE");
    return sqlite;
  } catch (error) {
    sqlite.close();
    throw error;
  }
}

/** Tries once whether the lock is held: 130 µs. An absent file is a dead engine. */
export function probeEngineLock(path: string): EngineState {
  let sqlite: Database.Database | undefined;
  try {
    if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return "dead";
    sqlite = new Database(path, { fileMustExist: true, timeout: 0 });
    sqlite.prepare("SELECT count(*) FROM sqlite_schema").get();
    return "dead";
  } catch (error) {
    if (isCode(error, "SQLITE_BUSY")) return "alive";
    if (isCode(error, "SQLITE_CANTOPEN") && lstatSync(path, { throwIfNoEntry: false }) === undefined) return "dead";
    throw lockError(path, "cannot be read, so whether that engine lives is not known", error);
  } finally {
    sqlite?.close();
  }
}

/** The first lock file of a folder whose engine lives. */
export function findLiveEngineLock(dir: string): string | undefined {
  return listEngineLocks(dir)
    .map((name) => join(dir, name))
    .find((path) => probeEngineLock(path) === "alive");
}

/** Names of the lock files of a folder. */
export function listEngineLocks(dir: string): string[] {
  try {
    return readdirSync(dir).filter((name) => name.endsWith(ENDING));
  } catch (error) {
    if (isCode(error, "ENOENT")) return [];
    throw error;
  }
}

/** Removes the file of an engine whose row is lost or ended (K1). */
export function removeEngineLock(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (!isCode(error, "ENOENT")) throw error;
  }
}

function createLockFile(path: string, databasePath: string | undefined): void {
  const like = databasePath === undefined ? undefined : lstatSync(databasePath);
  const group = like !== undefined && (like.mode & GROUP_BITS) === GROUP_BITS ? like.gid : undefined;
  createLocksFolder(dirname(path), group);
  const descriptor = openSync(path, "wx", 0o600);
  try {
    if (group !== undefined) fchownSync(descriptor, -1, group);
    fchmodSync(descriptor, group === undefined ? 0o600 : 0o660);
  } finally {
    closeSync(descriptor);
  }
}

/** The group may have been let in after the folder was made; only its owner can open it then. */
function createLocksFolder(dir: string, group: number | undefined): void {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  if (group === undefined || lstatSync(dir).uid !== process.geteuid?.()) return;
  chownSync(dir, -1, group);
  chmodSync(dir, 0o2770);
}

function lockError(path: string, says: string, cause: unknown): DatabaseError {
  return new DatabaseError(
    "engine_lock",
    `The lock of an engine ${says}. Expected ${path} on a local disk, in a folder that this user may use`,
    { cause },
  );
}

function isCode(error: unknown, prefix: string): boolean {
  return error instanceof Error && "code" in error && typeof error.code === "string" && error.code.startsWith(prefix);
}
