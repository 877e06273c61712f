import { listRecentRunIds, listRunTaskNames } from "../views/run-names.ts";
import type { CommandContext } from "./command-context.ts";
import { readDatabase } from "./open-database.ts";
import { getRunId } from "./run-reference.ts";

const RUNS_MAX = 50;

export async function listRunNumbers(context: CommandContext): Promise<string[]> {
  return await readDatabase(context, {}, (database) =>
    database === undefined ? [] : ["@last", ...listRecentRunIds(database.store, RUNS_MAX).map(String)],
  ).catch(() => []);
}

export async function listTaskNames(context: CommandContext, reference: string): Promise<string[]> {
  return await readDatabase(context, {}, (database, shownPath) =>
    database === undefined ? [] : listRunTaskNames(database.store, getRunId(reference, database, shownPath)),
  ).catch(() => []);
}
