import { existsSync, statSync } from "node:fs";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { InvalidInputError } from "../core/errors.ts";

export const CONFIG_FILE = "lockstep.config.yaml";
const STATE_FOLDER = ".lockstep";
const DATABASE_FILE = "lockstep.db";

/** Where a database's place was found. */
export type DatabaseSource = "flag" | "env" | "config" | "folder" | "state";

export interface DatabasePath {
  /** Absolute. The file need not exist. */
  readonly path: string;
  readonly source: DatabaseSource;
}

export interface DatabasePathOptions {
  /** `--db`. */
  readonly flag: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly home: string;
  /** Reads `db:` of a config file. Throws what is wrong with the file. */
  readonly readConfigDatabase: (file: string) => string | undefined;
}

/**
 * Finds the database: `--db` › `LOCKSTEP_DB` › `db:` of the nearest `lockstep.config.yaml` upward › `.lockstep/` of the
 * nearest folder upward that has one › the user's state folder.
 * @throws {InvalidInputError} where the flag is an empty text: another file is not what was meant.
 */
export function resolveDatabasePath(options: DatabasePathOptions): DatabasePath {
  const { flag, env, cwd, home } = options;
  if (flag === "") {
    throw new InvalidInputError("--db: expected the path of a file, found an empty text: is a variable in it not set?");
  }
  if (flag !== undefined) return { path: resolve(cwd, flag), source: "flag" };
  if (env.LOCKSTEP_DB) return { path: resolve(cwd, env.LOCKSTEP_DB), source: "env" };
  const config = findConfigFile(cwd);
  const configured = config === undefined ? undefined : options.readConfigDatabase(config);
  if (config && configured) return { path: resolve(dirname(config), expandHome(configured, home)), source: "config" };
  const folder = findUpward(cwd, (at) => isFolder(join(at, STATE_FOLDER)));
  if (folder !== undefined) return { path: join(folder, STATE_FOLDER, DATABASE_FILE), source: "folder" };
  return { path: join(getStateFolder(env, home), "lockstep", DATABASE_FILE), source: "state" };
}

/** The nearest `lockstep.config.yaml` of this folder or one above it. */
export function findConfigFile(cwd: string): string | undefined {
  const folder = findUpward(cwd, (at) => existsSync(join(at, CONFIG_FILE)));
  return folder === undefined ? undefined : join(folder, CONFIG_FILE);
}

/** The locks of the engines of a database. */
export function getEnginesFolder(databasePath: string): string {
  return join(dirname(databasePath), "engines");
}

/** The logs of the attempts of a database. */
export function getLogsFolder(databasePath: string): string {
  return join(dirname(databasePath), "logs");
}

function findUpward(from: string, isFound: (folder: string) => boolean): string | undefined {
  for (let at = resolve(from); ; at = dirname(at)) {
    if (isFound(at)) return at;
    if (dirname(at) === at) return undefined;
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** A shell has done it for flags and variables; in a config nobody has. */
function expandHome(path: string, home: string): string {
  return path === "~" || path.startsWith("~/") ? join(home, path.slice(1)) : path;
}

/** The XDG rules: a relative value is ignored. */
function getStateFolder(env: DatabasePathOptions["env"], home: string): string {
  const state = env.XDG_STATE_HOME;
  return state && isAbsolute(state) ? state : join(home, ".local", "state");
}
