import { chmodSync, chownSync, lstatSync, mkdirSync } from "node:fs";
import { translateFileError } from "./file-modes.ts";

/** A group that may read and write was let in; one that may only read has slipped in by a umask. */
const GROUP_BITS = 0o060;
const SHARED_FOLDER = 0o2770;

/**
 * Where a group may use a database, the folder of its logs is made and opened to that group, too, or the logs of one
 * member would keep the others from writing theirs; else the first log makes it, 0700. Returns the folder.
 *
 * Throws DatabaseError where it cannot be made.
 */
export function prepareLogsFolder(path: string, databasePath: string): string {
  try {
    const { mode, gid } = lstatSync(databasePath);
    if ((mode & GROUP_BITS) === GROUP_BITS) shareFolder(path, gid);
  } catch (error) {
    throw translateFileError(error, path);
  }
  return path;
}

/** One that another member has made is his to open: his next engine does. */
function shareFolder(path: string, gid: number): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  if (lstatSync(path).uid !== process.geteuid?.()) return;
  chownSync(path, -1, gid);
  chmodSync(path, SHARED_FOLDER);
}
