import { eq } from "drizzle-orm";
import { engine, run } from "../store/schema.ts";
import type { ReadStore } from "./once-per-store.ts";
import type { IsEngineAlive } from "./run-record.ts";
import { findServingDaemon } from "./served-workflows.ts";

/** The engine that acts on what is decided about a run. */
export interface ActingEngine {
  readonly kind: "run" | "daemon" | "library";
  readonly pid: number;
}

/** The one that owns the run, or a daemon that would take it up; undefined: it goes on with `resume` alone. */
export function findActingEngine(
  store: ReadStore,
  runId: number,
  isEngineAlive: IsEngineAlive,
): ActingEngine | undefined {
  const found = store.db
    .select({
      ...{ workflow: run.workflow, mode: run.mode },
      ...{ lockFile: engine.lockFile, kind: engine.kind, pid: engine.pid },
    })
    .from(run)
    .leftJoin(engine, eq(engine.id, run.engineId))
    .where(eq(run.id, runId))
    .get();
  if (found === undefined) return undefined;
  const { lockFile, kind, pid } = found;
  if (lockFile !== null && kind !== null && pid !== null && isEngineAlive(lockFile)) return { kind, pid };
  const daemon = found.mode === "detached" ? findServingDaemon(store, found.workflow, isEngineAlive) : undefined;
  return daemon === undefined ? undefined : { kind: "daemon", pid: daemon.pid };
}

/** What a person is told where no engine acts on it. */
export function describeNoEngine({ db }: ReadStore, runId: number): string {
  const found = db.select({ file: run.file }).from(run).where(eq(run.id, runId)).get();
  return found?.file === null
    ? "The program that started it goes on with it"
    : `No engine runs: lockstep resume ${runId}`;
}

/** `daemon`, `run in pid 4711`, `program in pid 4711`. */
export function nameActingEngine({ kind, pid }: ActingEngine): string {
  return kind === "daemon" ? "daemon" : `${kind === "run" ? "run" : "program"} in pid ${pid}`;
}
