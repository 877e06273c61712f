import { sql } from "drizzle-orm";
import { engine } from "../store/schema.ts";
import type { ReadStore } from "./once-per-store.ts";
import type { IsEngineAlive } from "./run-record.ts";

export interface LiveEngine {
  readonly kind: "run" | "daemon" | "library";
  readonly status: string;
  readonly pid: number;
  readonly startedAt: number;
  readonly lockFile: string;
}

/** The daemon that lives on this file, else another engine that does; undefined: nothing executes runs. */
export function findLiveEngine({ db }: ReadStore, isEngineAlive: IsEngineAlive): LiveEngine | undefined {
  return db
    .select()
    .from(engine)
    .where(sql`${engine.status} = 'live' OR ${engine.status} = 'draining'`)
    .orderBy(sql`${engine.kind} <> 'daemon', ${engine.id} DESC`)
    .all()
    .find(({ lockFile }) => isEngineAlive(lockFile));
}
