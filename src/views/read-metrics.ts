import { sql } from "drizzle-orm";
import { RISKS } from "../core/checkpoint-status.ts";
import { RUN_ROWS_MAX } from "../core/limits.ts";
import type { Metric, Sample } from "../core/metric.ts";
import { countNotices } from "./count-notices.ts";
import type { ReadStore } from "./once-per-store.ts";
import { readScheduleMetrics } from "./read-schedule-metrics.ts";
import type { IsEngineAlive } from "./run-record.ts";
import { listLiveEngines } from "./show-status.ts";

/** The newest runs among which those of each workflow and status are counted. */
const RUNS_COUNTED = 100_000;
/** Open runs whose tasks are counted. */
const OPEN_RUNS_COUNTED = 1_000;
/** The newest runs from which durations are taken. */
const RUNS_MEASURED = 2_000;

/** What the rows say to who watches from outside. Each query is bounded, however many runs there are. */
export function readMetrics(store: ReadStore, isEngineAlive: IsEngineAlive, now: number): Metric[] {
  return [
    ...readRuns(store, now),
    ...readTasks(store),
    ...readInbox(store, now),
    ...readScheduleMetrics(store, now),
    readEngines(store, isEngineAlive),
    ...readResources(store),
    ...readMessages(store),
    readDurations(store),
  ];
}

function readRuns({ db }: ReadStore, now: number): Metric[] {
  const counted = db.all<{ workflow: string; status: string; value: number }>(sql`
    SELECT workflow, status, count(*) AS value
    FROM (SELECT workflow, status FROM run ORDER BY id DESC LIMIT ${RUNS_COUNTED}) GROUP BY workflow, status`);
  const totals = db.get<{ runs: number; events: number; queued: number; oldest: number | null }>(sql`
    SELECT coalesce((SELECT max(id) FROM run), 0) AS runs, coalesce((SELECT max(id) FROM event), 0) AS events,
      (SELECT count(*) FROM run WHERE status = 'queued') AS queued,
      (SELECT created_at FROM run WHERE status = 'queued' ORDER BY id LIMIT 1) AS oldest`);
  const waitedMs = totals.oldest === null ? 0 : Math.max(0, now - totals.oldest);
  return [
    {
      ...gauge("runs", "Runs in the database by workflow and status, of the newest 100,000."),
      samples: counted.map(({ value, ...labels }) => ({ labels, value })),
    },
    counter("runs_submitted_total", "Runs that were ever submitted.", totals.runs),
    counter("events_total", "Events that were ever recorded.", totals.events),
    single("queue_runs", "Runs that no engine has taken up.", totals.queued),
    single("queue_oldest_age_seconds", "How long the oldest of them has waited.", waitedMs / 1_000),
  ];
}

function readTasks({ db }: ReadStore): Metric[] {
  const tasks = db.all<{ status: string; value: number }>(sql`
    WITH open AS (SELECT id FROM (
      SELECT * FROM (SELECT id FROM run WHERE status = 'queued' ORDER BY id DESC LIMIT ${OPEN_RUNS_COUNTED})
      UNION ALL SELECT * FROM (SELECT id FROM run WHERE status = 'waiting' OR status = 'paused' LIMIT ${OPEN_RUNS_COUNTED})
      UNION ALL SELECT id FROM (SELECT id, status FROM run ORDER BY id DESC LIMIT ${RUNS_MEASURED}) WHERE status = 'running'))
    SELECT t.status, count(*) AS value FROM open
    JOIN task AS t ON t.id >= open.id * ${RUN_ROWS_MAX} AND t.id < (open.id + 1) * ${RUN_ROWS_MAX} GROUP BY t.status`);
  const attempts = db.all<{ status: string; value: number }>(sql`
    SELECT status, count(*) AS value FROM (SELECT status FROM attempt ORDER BY id DESC LIMIT 10000) GROUP BY status`);
  return [
    { ...gauge("tasks", "Tasks of runs that have not ended, by status."), samples: tasks.map(toStatusSample) },
    {
      ...gauge("attempts_recent", "The last 10,000 attempts that were no plain first success, by how they ended."),
      samples: attempts.map(toStatusSample),
    },
  ];
}

function toStatusSample({ status, value }: { readonly status: string; readonly value: number }): Sample {
  return { labels: { status }, value };
}

function readInbox({ db }: ReadStore, now: number): Metric[] {
  const rows = db.all<{ risk: string; value: number; oldest: number; overdue: number }>(sql`
    SELECT risk, count(*) AS value, min(created_at) AS oldest, coalesce(sum(expires_at < ${now}), 0) AS overdue
    FROM checkpoint WHERE status = 'open' GROUP BY risk`);
  const oldest = Math.min(now, ...rows.map((row) => row.oldest));
  const find = (risk: string): number => rows.find((row) => row.risk === risk)?.value ?? 0;
  const overdue = rows.reduce((sum, row) => sum + row.overdue, 0);
  return [
    {
      ...gauge("inbox", "Checkpoints that wait for a decision, by risk."),
      samples: RISKS.map((risk) => ({ labels: { risk }, value: find(risk) })),
    },
    single("inbox_oldest_age_seconds", "How long the oldest of them has waited.", (now - oldest) / 1_000),
    single("inbox_overdue", "Of these, how many are past their time.", overdue),
  ];
}

function readEngines(store: ReadStore, isEngineAlive: IsEngineAlive): Metric {
  const live = listLiveEngines(store, isEngineAlive);
  const count = (kind: string): number => live.filter((engine) => engine.kind === kind).length;
  const samples = ["daemon", "run", "library"].map((kind) => ({ labels: { kind }, value: count(kind) }));
  return { ...gauge("engines", "Processes that execute runs and live, by kind."), samples };
}

function readResources({ db }: ReadStore): Metric[] {
  const rows = db.all<{ resource: string; capacity: number; used: number }>(sql`
    SELECT r.name AS resource, r.capacity, coalesce(sum(h.amount), 0) AS used
    FROM resource AS r LEFT JOIN hold AS h ON h.resource = r.name WHERE r.capacity IS NOT NULL GROUP BY r.name`);
  const toSamples = (read: (row: (typeof rows)[number]) => number): Sample[] =>
    rows.map((row) => ({ labels: { resource: row.resource }, value: read(row) }));
  return [
    { ...gauge("resource_capacity", "What there is of a resource."), samples: toSamples((row) => row.capacity) },
    { ...gauge("resource_used", "What running tasks have of it."), samples: toSamples((row) => row.used) },
  ];
}

function readMessages(store: ReadStore): Metric[] {
  const { failed, overdue } = countNotices(store);
  return [
    single("notices_pending", "Messages to channels that wait to be sent.", overdue),
    single("notices_failed", "Of the last 1,000 messages, those that could not be delivered.", failed),
  ];
}

const QUANTILES = [0.5, 0.9, 0.99] as const;

function readDurations({ db }: ReadStore): Metric {
  const rows = db.all<{ workflow: string; ms: number }>(sql`
    SELECT workflow, finished_at - started_at AS ms FROM (SELECT * FROM run ORDER BY id DESC LIMIT ${RUNS_MEASURED})
    WHERE status = 'succeeded' AND started_at IS NOT NULL ORDER BY workflow, ms`);
  const byWorkflow = Map.groupBy(rows, (row) => row.workflow);
  const samples = [...byWorkflow].flatMap(([workflow, of]) =>
    QUANTILES.map((quantile) => {
      const ms = of[Math.min(of.length - 1, Math.floor(of.length * quantile))]?.ms ?? 0;
      return { labels: { workflow, quantile: String(quantile) }, value: Math.max(0, ms) / 1_000 };
    }),
  );
  return { ...gauge("run_duration_seconds", "How long runs of the newest 2,000 took that succeeded."), samples };
}

function gauge(name: string, help: string): Omit<Metric, "samples"> {
  return { name, type: "gauge", help };
}

function single(name: string, help: string, value: number): Metric {
  return { ...gauge(name, help), samples: [{ value }] };
}

function counter(name: string, help: string, value: number): Metric {
  return { name, type: "counter", help, samples: [{ value }] };
}
