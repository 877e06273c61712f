import {
  chmodSync,
  chownSync,
  closeSync,
  fchmodSync,
  fchownSync,
  lstatSync,
  mkdirSync,
  openSync,
  rmSync,
  type Stats,
} from "node:fs";
import { basename, dirname } from "node:path";
import { DatabaseError } from "../core/errors.ts";
import { explainPermission, getGroupId } from "./file-owner.ts";

/** Alone, or with one group. The folder passes its group on, or a member's -wal would lock the others out. */
const ALONE = { folder: 0o700, file: 0o600 };
const WITH_GROUP = { folder: 0o2770, file: 0o660 };

/**
 * Makes the folder (0700) and the empty file (0600) before SQLite opens it, so that nobody else can ever read it; with
 * `group`, 0770 and 0660. What is there already keeps its mode, except that others than owner and group lose theirs.
 * The umask is left alone. A symbolic link is refused: whoever made it chose what we would write to.
 */
export function createDatabaseFile(path: string, group: string | undefined): void {
  try {
    createFolder(dirname(path), group);
    createFile(path, group);
  } catch (error) {
    throw translateFileError(error, path);
  }
}

/** Makes a folder and those above it; what is there already stays as it is. */
export function createFolder(path: string, group: string | undefined): void {
  const modes = group === undefined ? ALONE : WITH_GROUP;
  const first = mkdirSync(path, { recursive: true, mode: 0o700 });
  if (first === undefined || group === undefined) return;
  chownSync(path, -1, getGroupId(group));
  chmodSync(path, modes.folder);
}

function createFile(path: string, group: string | undefined): void {
  const modes = group === undefined ? ALONE : WITH_GROUP;
  let descriptor: number;
  try {
    descriptor = openSync(path, "wx", 0o600);
  } catch (error) {
    if (!hasCode(error, "EEXIST")) throw error;
    keepOthersOut(path, assertRegularFile(path), group);
    return;
  }
  try {
    if (group !== undefined) fchownSync(descriptor, -1, getGroupId(group));
    fchmodSync(descriptor, modes.file);
  } finally {
    closeSync(descriptor);
  }
}

/** Makes an empty file that SQLite may copy into, as open as `like` is. An older copy of that name is replaced. */
export function createCopyFile(path: string, like: string): void {
  try {
    const { mode, uid, gid } = lstatSync(like);
    rmSync(path, { force: true });
    const descriptor = openSync(path, "wx", 0o600);
    try {
      if (process.geteuid?.() === 0) fchownSync(descriptor, uid, gid);
      fchmodSync(descriptor, mode & 0o770);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    throw translateFileError(error, path);
  }
}

/** Refuses what is no plain file of its own. */
export function assertRegularFile(path: string): Stats {
  const stats = lstatSync(path);
  if (stats.isSymbolicLink()) {
    throw new DatabaseError(
      "database_symlink",
      `${path} is a symbolic link. Expected the database itself; nothing was written. Name the file that it points to: --db PATH`,
    );
  }
  if (!stats.isFile()) {
    throw new DatabaseError(
      "database_not_a_database",
      `${path} is not a file (${stats.isDirectory() ? "a folder" : "a device, pipe or socket"}). Expected a database file: --db PATH`,
    );
  }
  return stats;
}

function keepOthersOut(path: string, stats: Stats, group: string | undefined): void {
  if (stats.uid !== process.geteuid?.()) return;
  const mode = group === undefined ? stats.mode & 0o770 : WITH_GROUP.file;
  const gid = group === undefined ? stats.gid : getGroupId(group);
  if (gid !== stats.gid) chownSync(path, -1, gid);
  if (mode !== (stats.mode & 0o777)) chmodSync(path, mode);
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

/** Gives what the file system refused the shape of a DatabaseError. */
export function translateFileError(error: unknown, path: string): unknown {
  if (hasCode(error, "EACCES") || hasCode(error, "EPERM")) {
    return explainPermission(path, "write", error) ?? fileError("database_permission", path, "is not permitted", error);
  }
  if (hasCode(error, "EROFS")) {
    return fileError(
      "database_readonly",
      path,
      "failed: its file system is read-only. Name another file: --db PATH",
      error,
    );
  }
  if (hasCode(error, "ENOSPC") || hasCode(error, "EDQUOT")) {
    return fileError(
      "database_full",
      path,
      "failed: no space is left. Free space, or name another file: --db PATH",
      error,
    );
  }
  if (hasCode(error, "ENOTDIR") || hasCode(error, "EEXIST")) {
    return fileError(
      "database_cannot_open",
      path,
      `failed: ${dirname(path)} is not a folder. Name another file: --db PATH`,
      error,
    );
  }
  return error;
}

function fileError(code: string, path: string, says: string, cause: unknown): DatabaseError {
  return new DatabaseError(code, `Creating ${basename(path)} in ${dirname(path)} ${says}`, { cause });
}
