import { desc, eq, isNull, sql } from "drizzle-orm";
import type { RunMode, RunStatus } from "../core/run-status.ts";
import type { WorkflowSpec } from "../core/workflow-spec.ts";
import { definition, engine, run, value } from "../store/schema.ts";
import { oncePerStore, type ReadStore } from "./once-per-store.ts";

/**
 * What people see: a run that is running while the lock of its engine is free is interrupted, and so is one of the
 * foreground that had begun and was given back: no engine takes it up.
 */
export type SeenRunStatus = RunStatus | "interrupted";

/** Says whether the engine that holds this lock file is alive. Views do not look at files themselves. */
export type IsEngineAlive = (lockFile: string) => boolean;

/** A run with what its row points to. */
export interface RunRecord {
  readonly row: typeof run.$inferSelect;
  readonly status: SeenRunStatus;
  readonly spec: WorkflowSpec;
  readonly definitionHash: string;
  readonly inputJson: string | null;
  readonly engineLock: string | null;
}

const statements = oncePerStore(({ db }) => ({
  run: db
    .select({ row: run, inputJson: value.json, engineLock: engine.lockFile })
    .from(run)
    .leftJoin(value, eq(value.id, run.inputId))
    .leftJoin(engine, eq(engine.id, run.engineId))
    .where(eq(run.id, sql.placeholder("runId")))
    .prepare(),
  spec: db
    .select({ spec: definition.spec, hash: definition.hash })
    .from(definition)
    .where(eq(definition.id, sql.placeholder("definitionId")))
    .prepare(),
  status: db
    .select({ status: run.status, mode: run.mode, startedAt: run.startedAt, engineLock: engine.lockFile })
    .from(run)
    .leftJoin(engine, eq(engine.id, run.engineId))
    .where(eq(run.id, sql.placeholder("runId")))
    .prepare(),
  last: db.select({ id: run.id }).from(run).where(isNull(run.parentTaskId)).orderBy(desc(run.id)).limit(1).prepare(),
}));

export function findRunRecord(store: ReadStore, runId: number, isEngineAlive: IsEngineAlive): RunRecord | undefined {
  const found = statements(store).run.get({ runId });
  if (found === undefined) return undefined;
  const { row, inputJson, engineLock } = found;
  return {
    row,
    status: toSeenStatus({ ...row, engineLock }, isEngineAlive),
    ...readDefinition(store, row.definitionId),
    inputJson: row.input ?? inputJson,
    engineLock,
  };
}

/** The status alone, for who waits for the end of a run. */
export function findRunStatus(
  store: ReadStore,
  runId: number,
  isEngineAlive: IsEngineAlive,
): SeenRunStatus | undefined {
  const found = statements(store).status.get({ runId });
  return found === undefined ? undefined : toSeenStatus(found, isEngineAlive);
}

/** The number of the newest run that no other one has started, or undefined where there is none. */
export function findLastRunId(store: ReadStore): number | undefined {
  return statements(store).last.get()?.id;
}

/** The graph that a run was started with. */
export function readRunSpec(store: ReadStore, runId: number): WorkflowSpec {
  const found = statements(store).run.get({ runId });
  if (found === undefined) throw new Error(`assertion failed: run ${runId} is there`);
  return readDefinition(store, found.row.definitionId).spec;
}

function readDefinition(store: ReadStore, definitionId: number): Pick<RunRecord, "spec" | "definitionHash"> {
  const found = statements(store).spec.get({ definitionId });
  if (found === undefined) throw new Error(`assertion failed: definition ${definitionId} of a run is there`);
  return { spec: JSON.parse(found.spec), definitionHash: found.hash };
}

/** What a status is worked out from. */
interface StatusFacts {
  readonly status: RunStatus;
  readonly mode: RunMode;
  readonly startedAt: number | null;
  readonly engineLock: string | null;
}

export function toSeenStatus(run: StatusFacts, isEngineAlive: IsEngineAlive): SeenRunStatus {
  const { status, engineLock } = run;
  if (status === "queued") return run.mode === "foreground" && run.startedAt !== null ? "interrupted" : status;
  return status === "running" && (engineLock === null || !isEngineAlive(engineLock)) ? "interrupted" : status;
}
