import { basename } from "node:path";
import { LockstepError } from "../core/errors.ts";
import { sanitizeLine } from "../core/sanitize-text.ts";
import { type EngineRecord, listOpenEngines } from "../views/list-engines.ts";
import type { CommandContext, CommonOptions } from "./command-context.ts";
import { readDatabase } from "./open-database.ts";

/** What people call an engine: `daemon, process 4711`. */
export function nameEngine({ kind, pid, host }: EngineRecord): string {
  return `${kind}, process ${pid} on ${sanitizeLine(host)}`;
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
