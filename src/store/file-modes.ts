import {
  accessSync,
  chmodSync,
  chownSync,
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  lstatSync,
  mkdirSync,
  openSync,
  rmSync,
  type Stats,
  statSync,
} from "node:fs";
import { basename, dirname } from "node:path";
import { DatabaseError } from "../core/errors.ts";
import { explainPermission, getGroupId } from "./file-owner.ts";

/** Alone, or with one group. The folder passes its group on, or a member's -wal would lock the others out. */
const ALONE = { folder: 0o700, file: 0o600 };
const WITH_GROUP = { folder: 0o2770, file: 0o660 };
const ALL = 0o777;
/** `.lockstep/` of a project, `lockstep/` of the state folder. */
const OUR_FOLDERS = new Set([".lockstep", "lockstep"]);

/**
 * Makes the folder (0700) and the empty file (0600) before SQLite opens it, so that nobody else can ever read it; with
 * `group`, 0770 and 0660. A file of this user that is there already is closed to all others but such a group.
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

/** Makes the folder of a database that is not there yet. */
export function createDatabaseFolder(path: string, group: string | undefined): void {
  try {
    createFolder(dirname(path), group);
  } catch (error) {
    throw translateFileError(error, path);
  }
}

/**
 * Makes a folder and those above it that are missing. One that is there already keeps its mode; only a folder that is
 * Lockstep's by its name, and this user's, is opened to the group afterwards.
 */
function createFolder(path: string, group: string | undefined): void {
  const first = makeFolders(path);
  if (group === undefined) return;
  if (first !== undefined) {
    for (let at = path; at.length >= first.length; at = dirname(at)) openToGroup(at, group, WITH_GROUP.folder);
  } else if (OUR_FOLDERS.has(basename(path)) && statSync(path).uid === process.geteuid?.()) {
    openToGroup(path, group, WITH_GROUP.folder);
  }
}

/** The first that was made. Node's own `recursive` never ends where a file system makes no folders (`/proc`). */
function makeFolders(path: string): string | undefined {
  try {
    mkdirSync(path, { mode: ALONE.folder });
    return path;
  } catch (error) {
    if (hasCode(error, "EEXIST") && statSync(path).isDirectory()) return undefined;
    if (!hasCode(error, "ENOENT") || dirname(path) === path) throw error;
  }
  const first = makeFolders(dirname(path));
  try {
    mkdirSync(path, { mode: ALONE.folder });
  } catch (error) {
    if (!hasCode(error, "EEXIST")) throw error; // somebody else made it meanwhile
  }
  return first ?? path;
}

function openToGroup(path: string, group: string, mode: number): void {
  const gid = getGroupId(group);
  try {
    chownSync(path, -1, gid);
    chmodSync(path, mode);
  } catch (error) {
    if (!hasCode(error, "EPERM")) throw error;
    throw new DatabaseError(
      "database_group",
      `${path} cannot be given to the group "${group}": only its members and root may. Become a member, or change group: in the config`,
      { cause: error },
    );
  }
}

function createFile(path: string, group: string | undefined): void {
  let descriptor: number;
  try {
    descriptor = openSync(path, "wx", 0o600);
  } catch (error) {
    if (!hasCode(error, "EEXIST")) throw error;
    keepOthersOut(path, assertRegularFile(path), group);
    // SQLite would open it read-only without a word, and fail at the first write.
    accessSync(path, constants.R_OK | constants.W_OK);
    accessSync(dirname(path), constants.W_OK | constants.X_OK);
    return;
  }
  try {
    fchmodSync(descriptor, ALONE.file);
  } finally {
    closeSync(descriptor);
  }
  if (group !== undefined) openToGroup(path, group, WITH_GROUP.file);
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

/** Makes an empty file of this user alone (0600) that SQLite may copy into. */
export function createPrivateFile(path: string): void {
  try {
    const descriptor = openSync(path, "wx", ALONE.file);
    try {
      fchmodSync(descriptor, ALONE.file);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    throw translateFileError(error, path);
  }
}

/**
 * Opens a file to those to whom the database is open that it is to replace: the group of the config, or else the group
 * that could write it. Under root it goes to the owner of that database, or of the folder, where there is none.
 */
export function openLike(file: string, path: string, group: string | undefined): void {
  const old = lstatSync(path, { throwIfNoEntry: false });
  if (process.geteuid?.() === 0) {
    const { uid, gid } = old ?? statSync(dirname(path));
    chownSync(file, uid, gid);
  }
  if (group !== undefined) openToGroup(file, group, WITH_GROUP.file);
  else if (old !== undefined && (old.mode & WITH_GROUP.file) === WITH_GROUP.file)
    openToGroup(file, String(old.gid), WITH_GROUP.file);
}

/** Removes a copy that was not finished. */
export function removeCopyFile(path: string): void {
  rmSync(path, { force: true });
}

/** Refuses what is no plain file of its own. */
function assertRegularFile(path: string): Stats {
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

/** Throws DatabaseError `database_missing` where no file is. */
export function assertDatabaseExists(path: string): void {
  try {
    assertRegularFile(path);
  } catch (error) {
    if (!hasCode(error, "ENOENT")) throw translateFileError(error, path);
    throw new DatabaseError(
      "database_missing",
      `There is no database at ${path}. Expected ${basename(path)} from an earlier run; reading never creates one. Start one with: lockstep run FILE, or name another file: --db PATH`,
      { cause: error },
    );
  }
}

/** A group that may read and write was let in, by a config that this command may not have read. */
function keepOthersOut(path: string, stats: Stats, group: string | undefined): void {
  if (stats.uid !== process.geteuid?.()) return;
  if (group !== undefined) return openToGroup(path, group, WITH_GROUP.file);
  const wanted = (stats.mode & WITH_GROUP.file) === WITH_GROUP.file ? WITH_GROUP.file : ALONE.file;
  if ((stats.mode & ALL & ~wanted) !== 0) chmodSync(path, wanted);
}

export function hasCode(error: unknown, code: string): boolean {
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
  if (error instanceof Error && "syscall" in error && "code" in error) {
    return fileError("database_cannot_open", path, `failed (${error.code}). Name another file: --db PATH`, error);
  }
  return error;
}

function fileError(code: string, path: string, says: string, cause: unknown): DatabaseError {
  return new DatabaseError(code, `Writing ${basename(path)} in ${dirname(path)} ${says}`, { cause });
}
