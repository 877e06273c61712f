import { desc, eq, or } from "drizzle-orm";
import { engine } from "../store/schema.ts";
import type { ReadStore } from "./once-per-store.ts";

export type EngineRecord = typeof engine.$inferSelect;

/** Engines that have not ended and are not known to be lost, the newest first. Whether one lives, its lock says. */
export function listOpenEngines({ db }: ReadStore): EngineRecord[] {
  return db
    .select()
    .from(engine)
    .where(or(eq(engine.status, "live"), eq(engine.status, "draining")))
    .orderBy(desc(engine.id))
    .all();
}

/** Of these the processes are looked for that they may have left. */
const ENDED_MAX = 50;

/** Lock files of the engines that ended last, or were lost. */
export function listEndedLocks({ db }: ReadStore): string[] {
  return db
    .select({ lockFile: engine.lockFile })
    .from(engine)
    .where(or(eq(engine.status, "ended"), eq(engine.status, "lost")))
    .orderBy(desc(engine.id))
    .limit(ENDED_MAX)
    .all()
    .map((row) => row.lockFile);
}
