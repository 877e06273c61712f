import { sql } from "drizzle-orm";
import type { Metric } from "../core/metric.ts";
import type { ReadStore } from "./once-per-store.ts";

const DAY_MS = 86_400_000;
/** Slots of each schedule among which the last success is looked for. */
const SLOTS_LOOKED = 200;

interface Row {
  readonly workflow: string;
  readonly schedule: string;
  readonly nextAt: number | null;
  readonly pausedUntilAt: number | null;
  readonly succeededAt: number | null;
}

/** When schedules are due, whether they are late, when they last succeeded, and what became of the last day's slots. */
export function readScheduleMetrics({ db }: ReadStore, now: number): Metric[] {
  const rows = db.all<Row>(sql`
    SELECT s.workflow, s.name AS schedule, s.next_at AS nextAt, s.paused_until AS pausedUntilAt, (
      SELECT r.finished_at FROM (SELECT run_id, due_at FROM slot WHERE schedule_id = s.id ORDER BY due_at DESC
        LIMIT ${SLOTS_LOOKED}) AS l JOIN run AS r ON r.id = l.run_id WHERE r.status = 'succeeded'
      ORDER BY l.due_at DESC LIMIT 1) AS succeededAt
    FROM schedule AS s WHERE s.removed_at IS NULL ORDER BY s.workflow, s.name`);
  const slots = db.all<{ workflow: string; schedule: string; status: string; value: number }>(sql`
    SELECT s.workflow, s.name AS schedule, l.status, sum(l.count) AS value
    FROM schedule AS s JOIN slot AS l ON l.schedule_id = s.id AND l.due_at > ${now - DAY_MS} AND l.due_at <= ${now}
    WHERE s.removed_at IS NULL GROUP BY s.id, l.status ORDER BY s.workflow, s.name, l.status`);
  const describe = (name: string, help: string, read: (row: Row) => number | null): Metric => ({
    name,
    type: "gauge",
    help,
    samples: rows.flatMap((row) => {
      const value = read(row);
      return value === null ? [] : [{ labels: { workflow: row.workflow, schedule: row.schedule }, value }];
    }),
  });
  const isPaused = ({ pausedUntilAt }: Row): boolean => pausedUntilAt !== null && pausedUntilAt > now;
  const lateMs = (row: Row): number => (row.nextAt === null || isPaused(row) ? 0 : Math.max(0, now - row.nextAt));
  return [
    describe("schedule_next_timestamp_seconds", "The next slot.", ({ nextAt }) => toSeconds(nextAt)),
    describe(
      "schedule_late_seconds",
      "For how long a slot is due that nobody has fired.",
      (row) => lateMs(row) / 1_000,
    ),
    describe("schedule_paused", "1 while it is paused.", (row) => Number(isPaused(row))),
    describe("schedule_last_success_timestamp_seconds", "When a run of its last 200 slots succeeded.", (row) =>
      toSeconds(row.succeededAt),
    ),
    {
      name: "slots_day",
      type: "gauge",
      help: "Slots that were due in the last 24 hours, by what became of them.",
      samples: slots.map(({ value, ...labels }) => ({ labels, value })),
    },
  ];
}

function toSeconds(at: number | null): number | null {
  return at === null ? null : at / 1_000;
}
