import { homedir } from "node:os";
import { join, relative } from "node:path";
import { NotFoundError } from "../core/errors.ts";
import { sanitizeLine } from "../core/sanitize-text.ts";
import { probeEngineLock } from "../platform/engine-lock.ts";
import { createEngineLocks } from "../platform/engine-locks.ts";
import { type DatabasePath, getEnginesFolder, resolveDatabasePath } from "../platform/paths.ts";
import { isDatabaseThere } from "../store/file-owner.ts";
import { openStore, type Store } from "../store/open-store.ts";
import type { IsEngineAlive } from "../views/run-record.ts";
import type { CommandContext, CommonOptions } from "./command-context.ts";
import { readConfigFacts } from "./config-facts.ts";

/** An open database, and where it was found. */
export interface Database {
  readonly store: Store;
  /** Absolute. */
  readonly path: string;
  /** As people are shown it: from where they stand, if it lies below. */
  readonly shownPath: string;
  readonly isEngineAlive: IsEngineAlive;
}

/** Where the database is, after command-line.md; the file need not be there. */
export async function findDatabasePath(context: CommandContext, options: CommonOptions): Promise<string> {
  return (await locateDatabase(context, options)).path;
}

/** The same, with what has led to it. */
export async function locateDatabase(context: CommandContext, options: CommonOptions): Promise<DatabasePath> {
  const home = context.env.HOME || homedir();
  const { database } = await readConfigFacts(context.cwd);
  const readConfigDatabase = () => database;
  return resolveDatabasePath({ flag: options.db, env: context.env, cwd: context.cwd, home, readConfigDatabase });
}

/** The group that may use the database too, after the config. */
export async function findConfigGroup(context: CommandContext): Promise<string | undefined> {
  return (await readConfigFacts(context.cwd)).group;
}

export function showPath(context: CommandContext, path: string): string {
  const fromHere = relative(context.cwd, path);
  return sanitizeLine(fromHere.startsWith("..") || fromHere === "" ? path : fromHere);
}

/**
 * Opens the database for reading and closes it when `use` has ended. A file that is not there is no error: `use` gets
 * undefined as its store, and says which file it looked for.
 */
export async function readDatabase<Result>(
  context: CommandContext,
  options: CommonOptions,
  use: (database: Database | undefined, shownPath: string) => Result | Promise<Result>,
): Promise<Result> {
  const path = await findDatabasePath(context, options);
  const shownPath = showPath(context, path);
  if (!isDatabaseThere(path)) return await use(undefined, shownPath);
  const store = await openStore({ path, access: "read", clock: context.clock });
  try {
    return await use({ store, path, shownPath, isEngineAlive: createEngineProbe(path) }, shownPath);
  } finally {
    store.close();
  }
}

/** Opens the database for a decision or a change, creating it where it is not there, and closes it after `use`. */
export async function changeDatabase<Result>(
  context: CommandContext,
  options: CommonOptions,
  use: (database: Database) => Result | Promise<Result>,
): Promise<Result> {
  const path = await findDatabasePath(context, options);
  const findLiveEngine = () => createEngineLocks(path).findLive();
  const group = await findConfigGroup(context);
  const store = await openStore({ path, access: "write", clock: context.clock, findLiveEngine, group });
  try {
    return await use({ store, path, shownPath: showPath(context, path), isEngineAlive: createEngineProbe(path) });
  } finally {
    store.close();
  }
}

/**
 * The same for what can only be changed where something is there: a file is not created for it.
 * @throws {NotFoundError} where there is no file, with the one that was looked for
 */
export async function changeKnownDatabase<Result>(
  context: CommandContext,
  options: CommonOptions,
  use: (database: Database) => Result | Promise<Result>,
): Promise<Result> {
  const path = await findDatabasePath(context, options);
  if (isDatabaseThere(path)) return await changeDatabase(context, options, use);
  throw new NotFoundError(
    `There is no database at ${showPath(context, path)}: nothing runs, and no schedule is known.`,
    {
      hint: "A daemon makes one: lockstep daemon --workflows DIR",
    },
  );
}

/** Says whether the engine of a lock lives (130 µs). */
export function createEngineProbe(databasePath: string): IsEngineAlive {
  const folder = getEnginesFolder(databasePath);
  return (lockFile) => probeEngineLock(join(folder, lockFile)) === "alive";
}
