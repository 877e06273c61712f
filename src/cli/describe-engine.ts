import { basename } from "node:path";
import { LockstepError } from "../core/errors.ts";
import { sanitizeLine } from "../core/sanitize-text.ts";
import { listOpeners } from "../platform/list-openers.ts";
import { type EngineRecord, listOpenEngines } from "../views/list-engines.ts";
import type { CommandContext, CommonOptions } from "./command-context.ts";
import { readDatabase } from "./open-database.ts";

/** What people call an engine: `daemon, process 4711`. */
export function nameEngine({ kind, pid, host }: EngineRecord): string {
  return `${kind}, process ${pid} on ${sanitizeLine(host)}`;
}

/** Longest part of a command line that is shown. */
const COMMAND_WIDTH = 60;

/** Other processes that have the database open: `process 4711 (lockstep ui)`. */
export function nameOpeners(path: string): string[] {
  return listOpeners(path).map(({ pid, command }) => {
    const shown = sanitizeLine(command.length > COMMAND_WIDTH ? `…${command.slice(-COMMAND_WIDTH)}` : command);
    return `process ${pid} (${shown})`;
  });
}

/** Says whose lock file one is, as far as the database can be read. */
export async function readEngineNames(
  context: CommandContext,
  options: CommonOptions,
): Promise<(lockPath: string) => string> {
  let engines: readonly EngineRecord[] = [];
  try {
    engines = await readDatabase(context, options, (database) =>
      database === undefined ? [] : listOpenEngines(database.store),
    );
  } catch (error) {
    if (!(error instanceof LockstepError)) throw error; // damaged: then the lock file alone says that it lives
  }
  return (lockPath) => {
    const found = engines.find((engine) => engine.lockFile === basename(lockPath));
    return found === undefined ? lockPath : nameEngine(found);
  };
}
