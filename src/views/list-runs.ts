import { and, desc, eq, gte, inArray, isNull, lt, type SQL, sql } from "drizzle-orm";
import { RUN_ROWS_MAX } from "../core/limits.ts";
import type { RunMode } from "../core/run-status.ts";
import { definition, engine, run } from "../store/schema.ts";
import { isCurrentRow } from "./current-tasks.ts";
import type { ReadStore } from "./once-per-store.ts";
import { type IsEngineAlive, type SeenRunStatus, toSeenStatus } from "./run-record.ts";

export interface RunFilter {
  readonly status?: readonly SeenRunStatus[];
  readonly workflow?: string;
  /** Part of the workflow's name or of the number; any case. */
  readonly text?: string;
  readonly mode?: RunMode;
  /** Runs that tasks have started, too. */
  readonly withChildren?: boolean;
  /** All of these have to be there. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Only runs created at or after this instant. */
  readonly sinceAt?: number;
  readonly limit?: number;
  /** Only runs with a smaller number: where the page before ended. */
  readonly before?: number;
}

/** One line of the list of runs. Instances of maps count as tasks from their expansion on. */
export interface RunLine {
  readonly run: number;
  readonly key: string;
  readonly workflow: string;
  /** Of a child run: the run that has started it. */
  readonly parent: number | null;
  readonly status: SeenRunStatus;
  readonly mode: RunMode;
  readonly reason: string | null;
  readonly layer: number;
  readonly tasksDone: number;
  readonly tasksFailed: number;
  readonly tasksTotal: number;
  /** Checkpoints and questions that wait for a person. */
  readonly openGates: number;
  readonly createdAt: number;
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
}

export const RUNS_LIMIT_DEFAULT = 20;

/** Whether a run goes on only when somebody says so. A foreground run is queued once its command was stopped: no engine takes it up. */
export function needsResume({ status, mode }: Pick<RunLine, "status" | "mode">): boolean {
  return status === "interrupted" || status === "paused" || (status === "queued" && mode === "foreground");
}

/** The newest runs first, one page. `next` is the `before` of the page that follows, or null at the end. */
export function listRuns(
  store: ReadStore,
  filter: RunFilter,
  isEngineAlive: IsEngineAlive,
): { runs: RunLine[]; next: number | null } {
  const limit = filter.limit ?? RUNS_LIMIT_DEFAULT;
  const lines: RunLine[] = [];
  let before = filter.before;
  // Whether a run is interrupted is not in its row, so a page of rows may hold fewer of what was asked for.
  for (;;) {
    const rows = selectPage(store, filter, before, limit + 1 - lines.length);
    for (const found of rows) {
      const status = toSeenStatus(found, isEngineAlive);
      if (filter.status === undefined || filter.status.includes(status)) lines.push({ ...toLine(found), status });
    }
    before = rows.at(-1)?.run;
    if (rows.length === 0 || lines.length > limit) break;
  }
  const runs = lines.slice(0, limit);
  return { runs, next: lines.length > limit ? (runs.at(-1)?.run ?? null) : null };
}

type RunPageRow = ReturnType<typeof selectPage>[number];

function selectPage({ db }: ReadStore, filter: RunFilter, before: number | undefined, rowsMax: number) {
  const ofRun = sql`FROM task t WHERE t.id >= ${run.id} * ${RUN_ROWS_MAX} AND t.id < (${run.id} + 1) * ${RUN_ROWS_MAX}
    AND ${isCurrentRow("t")}`;
  return db
    .select({
      run: run.id,
      uid: run.uid,
      key: run.key,
      workflow: run.workflow,
      parentTaskId: run.parentTaskId,
      status: run.status,
      mode: run.mode,
      reason: run.reason,
      layer: sql<number>`coalesce((SELECT min(t.layer) ${ofRun} AND t.parent_id IS NULL AND t.finished_at IS NULL AND t.status NOT IN ('skipped', 'canceled')), ${run.layer})`,
      createdAt: run.createdAt,
      startedAt: run.startedAt,
      finishedAt: run.finishedAt,
      engineLock: engine.lockFile,
      taskCount: definition.taskCount,
      openGates: sql<number>`(SELECT count(*) FROM checkpoint c WHERE c.run_id = ${run.id} AND c.status = 'open')`,
      counts: sql<string>`(SELECT json_array(count(*), sum(t.status = 'succeeded'), sum(t.status = 'failed')) ${ofRun})`,
    })
    .from(run)
    .innerJoin(definition, eq(definition.id, run.definitionId))
    .leftJoin(engine, eq(engine.id, run.engineId))
    .where(and(...toTests(filter, before)))
    .orderBy(desc(run.id))
    .limit(rowsMax)
    .all();
}

function toTests(filter: RunFilter, before: number | undefined): SQL[] {
  const tests: SQL[] = [];
  if (before !== undefined) tests.push(lt(run.id, before));
  if (filter.workflow !== undefined) tests.push(eq(run.workflow, filter.workflow));
  if (filter.text !== undefined) {
    const pattern = `%${filter.text.replace(/[\\%_]/g, "\\$&")}%`;
    tests.push(sql`(${run.workflow} LIKE ${pattern} ESCAPE '\\' OR ${run.id} LIKE ${pattern} ESCAPE '\\')`);
  }
  if (filter.withChildren !== true) tests.push(isNull(run.parentTaskId));
  if (filter.mode !== undefined) tests.push(eq(run.mode, filter.mode));
  if (filter.sinceAt !== undefined) tests.push(gte(run.createdAt, filter.sinceAt));
  if (filter.status !== undefined) {
    tests.push(
      inArray(run.status, [
        ...new Set(
          filter.status.flatMap((seen) => (seen === "interrupted" ? (["running", "queued"] as const) : [seen])),
        ),
      ]),
    );
  }
  for (const [name, text] of Object.entries(filter.labels ?? {})) {
    tests.push(sql`EXISTS (SELECT 1 FROM json_each(${run.labels}) l WHERE l.key = ${name} AND l.value = ${text})`);
  }
  return tests;
}

function toLine(found: RunPageRow): Omit<RunLine, "status"> {
  const [total, succeeded, failed]: [number, number | null, number | null] = JSON.parse(found.counts);
  return {
    run: found.run,
    key: found.key ?? found.uid,
    workflow: found.workflow,
    parent: found.parentTaskId === null ? null : Math.floor(found.parentTaskId / RUN_ROWS_MAX),
    mode: found.mode,
    reason: found.reason,
    layer: found.layer,
    tasksDone: succeeded ?? 0,
    tasksFailed: failed ?? 0,
    tasksTotal: Math.max(total, found.taskCount),
    openGates: found.openGates,
    createdAt: found.createdAt,
    startedAt: found.startedAt,
    finishedAt: found.finishedAt,
  };
}
