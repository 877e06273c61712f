import { sql } from "drizzle-orm";
import type { EngineKind } from "../store/engine-rows.ts";
import { countInbox } from "./list-inbox.ts";
import { listNextSlots, type NextSlot } from "./next-slot.ts";
import type { ReadStore } from "./once-per-store.ts";
import type { IsEngineAlive } from "./run-record.ts";

/** A process that executes runs on this file, and lives. */
export interface EngineView {
  readonly id: number;
  readonly kind: EngineKind;
  readonly status: "live" | "draining";
  readonly pid: number;
  readonly host: string;
  readonly version: string;
  readonly startedAt: number;
  readonly stopRequestedAt: number | null;
  readonly lockFile: string;
}

/** A workflow that a daemon has loaded, or a file that it could not load. */
export interface LoadedWorkflowView {
  /** Null: the file has never given one. */
  readonly workflow: string | null;
  readonly file: string;
  /** When its last good definition was loaded; of a file without one, when it was tried. */
  readonly loadedAt: number;
  /** What is wrong with the file as it is now; the last good definition goes on. */
  readonly error: string | null;
  readonly schedules: number;
}

export interface StatusView {
  readonly engines: readonly EngineView[];
  readonly workflows: readonly LoadedWorkflowView[];
  /** Open checkpoints. */
  readonly inbox: number;
  readonly next: readonly NextSlot[];
}

const NEXT_MAX = 5;

/** What `status` shows of one file: who works, what is loaded, what waits, what comes next. */
export function showStatus(store: ReadStore, isEngineAlive: IsEngineAlive): StatusView {
  return {
    engines: listLiveEngines(store, isEngineAlive),
    workflows: listLoadedWorkflows(store),
    inbox: countInbox(store, {}).total,
    next: listNextSlots(store, NEXT_MAX),
  };
}

/** Those whose lock is held, daemons first. */
export function listLiveEngines({ db }: ReadStore, isEngineAlive: IsEngineAlive): EngineView[] {
  return db
    .all<EngineView>(sql`
      SELECT id, kind, status, pid, host, version, started_at AS startedAt, stop_requested_at AS stopRequestedAt,
        lock_file AS lockFile
      FROM engine WHERE status = 'live' OR status = 'draining' ORDER BY kind <> 'daemon', id`)
    .filter(({ lockFile }) => isEngineAlive(lockFile));
}

function listLoadedWorkflows({ db }: ReadStore): LoadedWorkflowView[] {
  return db
    .all<Omit<LoadedWorkflowView, "error"> & { readonly errorJson: string | null }>(sql`
      SELECT CASE WHEN w.definition_id IS NULL THEN NULL ELSE w.name END AS workflow, w.file, w.loaded_at AS loadedAt,
        w.error AS errorJson,
        (SELECT count(*) FROM schedule s WHERE s.workflow = w.name AND s.removed_at IS NULL) AS schedules
      FROM workflow w ORDER BY w.definition_id IS NULL, w.name`)
    .map(({ errorJson, ...facts }) => ({ ...facts, error: errorJson === null ? null : readMessage(errorJson) }));
}

function readMessage(errorJson: string): string {
  const { message } = JSON.parse(errorJson) as { readonly message?: string };
  return message ?? "unknown";
}
