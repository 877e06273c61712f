import { accessSync, constants, lstatSync, readFileSync, type Stats } from "node:fs";
import { userInfo } from "node:os";
import { basename, dirname } from "node:path";
import { DatabaseError } from "../core/errors.ts";

/** Looks a number up in /etc/passwd or /etc/group, or a name; both have the number in their third field. */
function findEntry(
  file: string,
  matches: (name: string, id: number) => boolean,
): { name: string; id: number } | undefined {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
  for (const line of text.split("\n")) {
    const [name, , id] = line.split(":");
    if (name && id && matches(name, Number(id))) return { name, id: Number(id) };
  }
  return undefined;
}

/**
 * Whether a database is there, for who only reads. What may not be looked at is not the same as nothing: throws
 * DatabaseError `database_permission`.
 */
export function isDatabaseThere(path: string): boolean {
  try {
    lstatSync(path);
    return true;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT" || code === "ENOTDIR") return false;
    throw explainPermission(path, "open", error) ?? error;
  }
}

/** The name of a user; its number where the machine does not list it in /etc/passwd. */
function nameOfUser(uid: number): string {
  return findEntry("/etc/passwd", (_, id) => id === uid)?.name ?? String(uid);
}

function nameOfGroup(gid: number): string {
  return findEntry("/etc/group", (_, id) => id === gid)?.name ?? String(gid);
}

/** The number of a group that is given by name or by number. */
export function getGroupId(group: string): number {
  if (/^\d+$/.test(group)) return Number(group);
  const entry = findEntry("/etc/group", (name) => name === group);
  if (entry !== undefined) return entry.id;
  throw new DatabaseError(
    "database_group",
    `There is no group "${group}" on this machine. Expected a name of /etc/group or a number (config group:)`,
  );
}

function nameOfMe(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? "unknown");
  }
}

/** The first of the path and its folders, from the inside out, that this user may look at. */
function findVisible(path: string): { path: string; stats: Stats } | undefined {
  for (let at = path; ; at = dirname(at)) {
    try {
      return { path: at, stats: lstatSync(at) };
    } catch {
      if (dirname(at) === at) return undefined;
    }
  }
}

/** Whether this user may do it, by the machine's own rules. Opens nothing: see D1 in open-store.ts. */
function isAllowed(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch (error) {
    return !(error instanceof Error && "code" in error && error.code === "EACCES");
  }
}

/**
 * The error that says whose file it is, where permissions are what stands in the way of `path`; else undefined.
 * A file in a folder that cannot be entered is told by its folder.
 */
export function explainPermission(path: string, doing: "write" | "open", cause: unknown): DatabaseError | undefined {
  const wanted = constants.R_OK | (doing === "write" ? constants.W_OK : 0);
  const folder = constants.X_OK | (doing === "write" ? constants.W_OK : 0);
  if (isAllowed(path, wanted) && isAllowed(dirname(path), folder)) return undefined;
  const found = findVisible(path);
  if (found === undefined) return undefined;
  const owner = nameOfUser(found.stats.uid);
  const whose = `${owner}:${nameOfGroup(found.stats.gid)}`;
  const what = found.path === path ? "it" : found.path;
  return new DatabaseError(
    "database_permission",
    `Cannot ${doing} ${basename(path)}: ${what} belongs to ${whose}, you are ${nameOfMe()}. Ask for group access (config group: ops), or: sudo -u ${owner} lockstep …`,
    { cause, hint: `(${path})` },
  );
}
