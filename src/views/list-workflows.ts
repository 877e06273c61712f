import { sql } from "drizzle-orm";
import type { RunMode, RunStatus } from "../core/run-status.ts";
import type { ReadStore } from "./once-per-store.ts";
import { type IsEngineAlive, type SeenRunStatus, toSeenStatus } from "./run-record.ts";

/** A workflow that a daemon has loaded, or that was ever run in this file. */
export interface WorkflowLine {
  readonly workflow: string;
  /** Null: no daemon has loaded it. */
  readonly file: string | null;
  readonly tasks: number | null;
  readonly schedules: number;
  /** What is wrong with its file; the last good definition goes on. */
  readonly error: string | null;
  readonly lastRun: number | null;
  readonly lastStatus: SeenRunStatus | null;
  readonly lastAt: number | null;
}

/** Runs that are looked through for the last one of each workflow: no index leads to them (docs/decisions/002). */
const LOOKED_MAX = 2_000;

interface Row extends Omit<WorkflowLine, "error" | "lastStatus"> {
  readonly errorJson: string | null;
  readonly status: RunStatus | null;
  readonly mode: RunMode | null;
  readonly startedAt: number | null;
  readonly engineLock: string | null;
}

/** All of them by name, at most `limit`. */
export function listWorkflows({ db }: ReadStore, isEngineAlive: IsEngineAlive, limit = 1_000): WorkflowLine[] {
  const rows = db.all<Row>(sql`
    WITH names AS (SELECT name FROM workflow WHERE definition_id IS NOT NULL OR error IS NOT NULL
        UNION SELECT workflow FROM definition),
      last AS (SELECT workflow, max(id) AS id FROM (SELECT id, workflow FROM run ORDER BY id DESC LIMIT ${LOOKED_MAX})
        GROUP BY workflow)
    SELECT n.name AS workflow, w.file, w.error AS errorJson,
      (SELECT d.task_count FROM definition d WHERE d.workflow = n.name ORDER BY d.id DESC LIMIT 1) AS tasks,
      (SELECT count(*) FROM schedule s WHERE s.workflow = n.name AND s.removed_at IS NULL) AS schedules,
      r.id AS lastRun, r.status, r.mode, r.started_at AS startedAt, coalesce(r.started_at, r.created_at) AS lastAt,
      e.lock_file AS engineLock
    FROM names n LEFT JOIN workflow w ON w.name = n.name LEFT JOIN last l ON l.workflow = n.name
    LEFT JOIN run r ON r.id = l.id LEFT JOIN engine e ON e.id = r.engine_id
    ORDER BY n.name LIMIT ${limit}`);
  return rows.map(({ errorJson, status, mode, startedAt, engineLock, ...line }) => ({
    ...line,
    error: errorJson === null ? null : ((JSON.parse(errorJson) as { message?: string }).message ?? "unknown"),
    lastStatus:
      status === null || mode === null ? null : toSeenStatus({ status, mode, startedAt, engineLock }, isEngineAlive),
  }));
}
