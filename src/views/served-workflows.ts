import { and, eq, sql } from "drizzle-orm";
import { engine } from "../store/schema.ts";
import { workflow } from "../store/schema-schedules.ts";
import type { ReadStore } from "./once-per-store.ts";
import type { IsEngineAlive } from "./run-record.ts";

/** Whether a daemon lives that has loaded a workflow of this name. */
export function isWorkflowServed(store: ReadStore, name: string, isEngineAlive: IsEngineAlive): boolean {
  return findServingDaemon(store, name, isEngineAlive) !== undefined;
}

/** A daemon that lives and has loaded a workflow of this name. */
export function findServingDaemon(
  { db }: ReadStore,
  name: string,
  isEngineAlive: IsEngineAlive,
): { readonly pid: number } | undefined {
  const known = db.select({ name: workflow.name }).from(workflow).where(eq(workflow.name, name)).get();
  if (known === undefined) return undefined;
  return db
    .select({ lockFile: engine.lockFile, pid: engine.pid })
    .from(engine)
    .where(and(eq(engine.kind, "daemon"), sql`(${engine.status} = 'live' OR ${engine.status} = 'draining')`))
    .all()
    .find(({ lockFile }) => isEngineAlive(lockFile));
}
