import { accessSync, constants } from "node:fs";
import { basename, dirname } from "node:path";
import Database from "better-sqlite3";
import { DatabaseError } from "../core/errors.ts";
import { explainPermission } from "./file-owner.ts";

/** What went wrong, as the engine's loop tells them apart (engine.md 5). */
export type SqliteFailure = "busy" | "full" | "io" | "corrupt" | "constraint" | "readonly" | "cannot_open" | "other";

const FAILURES: readonly (readonly [prefix: string, failure: SqliteFailure])[] = [
  ["SQLITE_BUSY", "busy"],
  ["SQLITE_LOCKED", "busy"],
  ["SQLITE_FULL", "full"],
  ["SQLITE_IOERR", "io"],
  ["SQLITE_CORRUPT", "corrupt"],
  ["SQLITE_NOTADB", "corrupt"],
  ["SQLITE_CONSTRAINT", "constraint"],
  ["SQLITE_READONLY", "readonly"],
  ["SQLITE_CANTOPEN", "cannot_open"],
  ["SQLITE_PERM", "cannot_open"],
];

/** Says what kind of failure was thrown; undefined when SQLite did not throw it. Looks through a DatabaseError. */
export function classifySqliteError(error: unknown): SqliteFailure | undefined {
  const thrown = error instanceof DatabaseError ? error.cause : error;
  if (!(thrown instanceof Database.SqliteError)) return undefined;
  return FAILURES.find(([prefix]) => thrown.code.startsWith(prefix))?.[1] ?? "other";
}

export function isBusy(error: unknown): boolean {
  return classifySqliteError(error) === "busy";
}

/** A lock, or a full disk: it may be over in a moment. */
export function isPassing(error: unknown): boolean {
  const failure = classifySqliteError(error);
  return failure === "busy" || failure === "full";
}

/**
 * Makes a DatabaseError (exit 5) of what SQLite threw about the file at `path`. Everything else, broken constraints
 * included, comes back as it is: those are our mistakes, not the file's.
 */
export function translateSqliteError(error: unknown, path: string): unknown {
  if (!(error instanceof Database.SqliteError)) return error;
  const failure = classifySqliteError(error);
  if (failure === "constraint" || failure === "other" || failure === undefined) return error;
  if (failure === "readonly" || failure === "cannot_open") {
    const permission = explainPermission(path, failure === "readonly" ? "write" : "open", error);
    if (permission !== undefined) return permission;
    if (isOnReadOnlyDisk(path)) return refuseReadOnlyDisk(path, error);
  }
  const { code, says } = describe(error.code, failure, basename(path));
  return new DatabaseError(code, `${says} (${path}: ${error.message}, ${error.code})`, { cause: error });
}

function isOnReadOnlyDisk(path: string): boolean {
  try {
    accessSync(dirname(path), constants.W_OK);
    return false;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EROFS";
  }
}

function refuseReadOnlyDisk(path: string, cause: unknown): DatabaseError {
  return new DatabaseError(
    "database_readonly",
    `${basename(path)} lies on a file system that is read-only, and even reading it needs to write beside it. Nothing was changed. Copy it and its -wal elsewhere, and name the copy: --db PATH (${path})`,
    { cause },
  );
}

interface Description {
  readonly code: string;
  readonly says: string;
}

function describe(sqliteCode: string, failure: SqliteFailure, name: string): Description {
  if (sqliteCode === "SQLITE_NOTADB") return describeNotADatabase(name);
  if (sqliteCode === "SQLITE_IOERR_SHMSIZE") return describeNoRoomForIndex(name);
  switch (failure) {
    case "busy":
      return {
        code: "database_locked",
        says: `${name} is locked: another process has been writing to it for too long. Nothing was changed. Try again, or look at who writes: lockstep status`,
      };
    case "full":
      return {
        code: "database_full",
        says: `No space is left to write ${name}. Nothing was changed by this step. Free space on its file system, then: lockstep resume --all`,
      };
    case "corrupt":
      return {
        code: "database_corrupt",
        says: `${name} is damaged: its content is not what SQLite expects. Stop using it and take a copy of it and its -wal, then: lockstep restore FILE`,
      };
    case "readonly":
      return { code: "database_readonly", says: `${name} cannot be written: the file or its file system is read-only` };
    case "cannot_open":
      return {
        code: "database_cannot_open",
        says: `${name} cannot be opened. Expected a file in a folder that can be written, with room for its -wal and -shm`,
      };
    default:
      return {
        code: "database_io",
        says: `Reading or writing ${name} failed in the operating system. Whether the last change was recorded is not known until the file is opened again. Look at the disk, then: lockstep resume --all`,
      };
  }
}

/** The memory that connections share is a file, too. */
function describeNoRoomForIndex(name: string): Description {
  return {
    code: "database_full",
    says: `No space is left for ${name}-shm, without which ${name} can be neither read nor written. What was recorded stays. Free space on its file system, then: lockstep resume --all`,
  };
}

function describeNotADatabase(name: string): Description {
  return {
    code: "database_not_a_database",
    says: `${name} is not a database: expected a file that Lockstep has made, found something else. Nothing was changed. Name another file: --db PATH`,
  };
}
