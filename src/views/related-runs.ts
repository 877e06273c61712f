import { sql } from "drizzle-orm";
import { RUN_ROWS_MAX } from "../core/limits.ts";
import type { RunMode, RunStatus } from "../core/run-status.ts";
import { type CheckpointView, listCheckpoints } from "./list-checkpoints.ts";
import type { ReadStore } from "./once-per-store.ts";
import { type IsEngineAlive, type RunRecord, type SeenRunStatus, toSeenStatus } from "./run-record.ts";

/** The run whose task has started a run. */
export interface ParentRef {
  readonly run: number;
  readonly workflow: string;
  readonly task: string;
}

/** A run that a task has started. */
export interface ChildRef {
  readonly run: number;
  readonly workflow: string;
  readonly status: SeenRunStatus;
}

/** A run below another one that is not final, and where its program is. */
export interface OpenDescendant {
  readonly run: number;
  readonly workflow: string;
  readonly status: RunStatus;
  readonly file: string | null;
  readonly exportName: string | null;
  readonly definitionHash: string;
}

export function findParent({ db }: ReadStore, parentTaskId: number | null): ParentRef | null {
  if (parentTaskId === null) return null;
  return (
    db.get<ParentRef | undefined>(sql`
      SELECT r.id AS run, r.workflow, d.name AS task FROM run AS r
      JOIN definition_task AS d ON d.definition_id = r.definition_id AND d.idx = ${parentTaskId % RUN_ROWS_MAX}
      WHERE r.id = ${Math.floor(parentTaskId / RUN_ROWS_MAX)}`) ?? null
  );
}

/** The runs below a run, and what waits for a decision there. */
export interface Family {
  readonly children: ReadonlyMap<number, ChildRef>;
  readonly descendants: readonly OpenDescendant[];
  readonly checkpoints: readonly CheckpointView[];
}

const NO_FAMILY: Family = { children: new Map(), descendants: [], checkpoints: [] };

/** One whose workflow has no child tasks costs no query. */
export function readFamily(store: ReadStore, { row, spec }: RunRecord, isEngineAlive: IsEngineAlive): Family {
  if (!spec.tasks.some((task) => task.kind === "child")) return NO_FAMILY;
  const descendants = listOpenDescendants(store, row.id);
  const runs = descendants.map((each) => each.run);
  const checkpoints = runs.length === 0 ? [] : listCheckpoints(store, { runs, status: "open" });
  return { children: readChildren(store, row.id, isEngineAlive), descendants, checkpoints };
}

interface ChildRow extends Omit<ChildRef, "status"> {
  readonly status: RunStatus;
  readonly mode: RunMode;
  readonly startedAt: number | null;
  readonly engineLock: string | null;
  readonly taskId: number;
}

/** The newest run that each task of a run has started, by the id of the task's row. */
function readChildren({ db }: ReadStore, run: number, isEngineAlive: IsEngineAlive): Map<number, ChildRef> {
  const rows = db.all<ChildRow>(sql`
    SELECT c.id AS run, c.workflow, c.status, c.mode, c.started_at AS startedAt, e.lock_file AS engineLock,
      c.parent_task_id AS taskId
    FROM run AS c LEFT JOIN engine AS e ON e.id = c.engine_id
    WHERE c.parent_task_id >= ${run * RUN_ROWS_MAX} AND c.parent_task_id < ${(run + 1) * RUN_ROWS_MAX} ORDER BY c.id`);
  return new Map(
    rows.map((row) => [row.taskId, { run: row.run, workflow: row.workflow, status: toSeenStatus(row, isEngineAlive) }]),
  );
}

/** Children of a run, their children and so on, as far as they are not final, by number. */
export function listOpenDescendants({ db }: ReadStore, run: number): OpenDescendant[] {
  return db.all<OpenDescendant>(sql`
    WITH RECURSIVE below(id) AS (
      SELECT ${run} UNION ALL
      SELECT c.id FROM below AS b JOIN run AS c
        ON c.parent_task_id >= b.id * ${RUN_ROWS_MAX} AND c.parent_task_id < (b.id + 1) * ${RUN_ROWS_MAX}
        AND c.parent_task_id IS NOT NULL AND c.finished_at IS NULL)
    SELECT r.id AS run, r.workflow, r.status, r.file, r.export AS exportName, d.hash AS definitionHash
    FROM below AS b JOIN run AS r ON r.id = b.id JOIN definition AS d ON d.id = r.definition_id
    WHERE r.id <> ${run} ORDER BY r.id`);
}

/** The run that a person started or a schedule fired, above this one; itself where nothing is above it. */
export function findRootRun(store: ReadStore, run: number): number {
  const above = store.db.get<{ id: number } | undefined>(sql`
    WITH RECURSIVE above(id, parent) AS (
      SELECT id, parent_task_id FROM run WHERE id = ${run} UNION ALL
      SELECT r.id, r.parent_task_id FROM above AS a JOIN run AS r ON r.id = a.parent / ${RUN_ROWS_MAX})
    SELECT id FROM above WHERE parent IS NULL`);
  return above?.id ?? run;
}
