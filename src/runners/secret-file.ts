import { statSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";

/** Nobody's password is longer; a file of another kind was meant. */
export const SECRET_BYTES_MAX = 65_536;

/** Where a secret's file is: relative to the workflow's; `~/` is the home of the user. */
export function findSecretFile(file: string, folder: string): string {
  return file.startsWith("~/") ? join(homedir(), file.slice(2)) : resolve(folder, file);
}

/** What is wrong with a file as the source of a secret; undefined: nothing. Does not open it. */
export function findFileMistake(path: string): string | undefined {
  try {
    return findMistake(path);
  } catch (error) {
    return `${path} cannot be looked at (${error instanceof Error && "code" in error ? String(error.code) : "unknown"})`;
  }
}

function findMistake(path: string): string | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return `there is no file ${path}`;
  if (!found.isFile()) return `${path} is not a regular file`;
  const uid = process.getuid?.() ?? found.uid;
  if (found.uid !== uid && found.uid !== 0) {
    return `${path} belongs to another user (uid ${found.uid}, expected ${uid} or root)`;
  }
  const mode = found.mode & 0o777;
  if ((mode & 0o077) !== 0) {
    return `others may read or write it: its mode is 0${mode.toString(8)}, expected 0600 or stricter (chmod 600 ${path})`;
  }
  return found.size > SECRET_BYTES_MAX ? `${path} is larger than ${SECRET_BYTES_MAX / 1_024} KiB` : undefined;
}
