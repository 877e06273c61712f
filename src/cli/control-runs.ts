import { PlanCache } from "../engine/plan-cache.ts";
import { createRunControl, type RunControl } from "../engine/run-control.ts";
import { createEngineLocks } from "../platform/engine-locks.ts";
import { getRows } from "../store/rows.ts";
import type { CommandContext } from "./command-context.ts";
import type { Database } from "./open-database.ts";

/** What people do with runs, for a command that has no engine of its own. */
export function controlRuns({ clock }: CommandContext, { store, path }: Database): RunControl {
  const rows = getRows(store);
  const locks = createEngineLocks(path);
  return createRunControl({ rows, plans: new PlanCache(rows), locks, now: () => clock.now() });
}
