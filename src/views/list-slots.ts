import { type SQL, sql } from "drizzle-orm";
import type { SlotStatus } from "../core/slot-status.ts";
import type { ReadStore } from "./once-per-store.ts";
import { type IsEngineAlive, type SeenRunStatus, toSeenStatus } from "./run-record.ts";

/** One row of a schedule's ledger: a due instant, or a range of them, and what became of it. */
export interface SlotView {
  readonly id: number;
  readonly dueAt: number;
  /** Of a range: its last instant. */
  readonly untilAt: number | null;
  /** How many slots it stands for. */
  readonly count: number;
  readonly state: SlotStatus;
  /** Why it was skipped, missed or merged, or what it waits for. */
  readonly reason: string | null;
  /** When its jitter has passed. */
  readonly fireAt: number | null;
  /** The run that was started for it. */
  readonly run: number | null;
  readonly runStatus: SeenRunStatus | null;
}

export interface SlotsFilter {
  /** Default: 50. */
  readonly limit?: number;
  /** Only slots that were due at or after it. */
  readonly sinceAt?: number;
  /** Only slots that were due before it: for the next page. */
  readonly beforeAt?: number;
}

export const SLOTS_LIMIT_DEFAULT = 50;

type Row = Omit<SlotView, "runStatus"> & {
  readonly runStatus: SeenRunStatus | null;
  readonly mode: "foreground" | "detached" | null;
  readonly startedAt: number | null;
  readonly engineLock: string | null;
};

/** The ledger of a schedule, the newest slot first; a page by keyset, so its cost does not grow with the ledger. */
export function listSlots(
  { db }: ReadStore,
  scheduleId: number,
  filter: SlotsFilter,
  isEngineAlive: IsEngineAlive,
): SlotView[] {
  const { limit = SLOTS_LIMIT_DEFAULT, sinceAt, beforeAt } = filter;
  const tests: SQL[] = [sql`s.schedule_id = ${scheduleId}`, sql`s.status <> 'void'`];
  if (sinceAt !== undefined) tests.push(sql`s.due_at >= ${sinceAt}`);
  if (beforeAt !== undefined) tests.push(sql`s.due_at < ${beforeAt}`);
  return db
    .all<Row>(sql`
      SELECT s.id, s.due_at AS dueAt, s.until_at AS untilAt, s.count, s.status AS state, s.reason, s.fire_at AS fireAt,
        s.run_id AS run, r.status AS runStatus, r.mode, r.started_at AS startedAt, e.lock_file AS engineLock
      FROM slot s LEFT JOIN run r ON r.id = s.run_id LEFT JOIN engine e ON e.id = r.engine_id
      WHERE ${sql.join(tests, sql` AND `)} ORDER BY s.due_at DESC LIMIT ${limit}`)
    .map((row) => toView(row, isEngineAlive));
}

function toView({ mode, startedAt, engineLock, runStatus, ...slot }: Row, isEngineAlive: IsEngineAlive): SlotView {
  if (runStatus === null || runStatus === "interrupted" || mode === null) return { ...slot, runStatus };
  return { ...slot, runStatus: toSeenStatus({ status: runStatus, mode, startedAt, engineLock }, isEngineAlive) };
}
