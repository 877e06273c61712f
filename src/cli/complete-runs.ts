import { listCheckpoints } from "../views/list-checkpoints.ts";
import { listRecentRunIds, listRunTaskNames, listScheduleNames } from "../views/run-names.ts";
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

/** The questions that are open: `412.1`. */
export async function listOpenCheckpoints(context: CommandContext): Promise<string[]> {
  return await readDatabase(context, {}, (database) =>
    database === undefined
      ? []
      : listCheckpoints(database.store, { status: "open", limit: RUNS_MAX }).map((gate) => gate.id),
  ).catch(() => []);
}

export async function listSchedules(context: CommandContext): Promise<string[]> {
  return await readDatabase(context, {}, (database) =>
    database === undefined ? [] : listScheduleNames(database.store),
  ).catch(() => []);
}
