import { and, eq, sql } from "drizzle-orm";
import { engine } from "../store/schema.ts";
import { workflow } from "../store/schema-schedules.ts";
import type { ReadStore } from "./once-per-store.ts";
import type { IsEngineAlive } from "./run-record.ts";

/** Whether a daemon lives that has loaded a workflow of this name. */
export function isWorkflowServed({ db }: ReadStore, name: string, isEngineAlive: IsEngineAlive): boolean {
  const known = db.select({ name: workflow.name }).from(workflow).where(eq(workflow.name, name)).get();
  if (known === undefined) return false;
  return db
    .select({ lockFile: engine.lockFile })
    .from(engine)
    .where(and(eq(engine.kind, "daemon"), sql`(${engine.status} = 'live' OR ${engine.status} = 'draining')`))
    .all()
    .some(({ lockFile }) => isEngineAlive(lockFile));
}
