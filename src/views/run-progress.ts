import { and, eq, gte, inArray, lt, sql } from "drizzle-orm";
import { RUN_ROWS_MAX } from "../core/limits.ts";
import type { TaskStatus } from "../core/task-status.ts";
import { definitionTask, run, task } from "../store/schema.ts";
import { isCurrentRow } from "./current-tasks.ts";
import { oncePerStore, type ReadStore } from "./once-per-store.ts";

/** How far a run is, layer by layer. An expanded map counts as its instances. */
export interface LayerProgress {
  readonly layer: number;
  readonly total: number;
  readonly counts: Readonly<Partial<Record<TaskStatus, number>>>;
  /** All tasks ended. */
  readonly isDone: boolean;
  /** One by one, where they are few; else null. */
  readonly tasks: readonly TaskProgress[] | null;
}

export interface TaskProgress {
  readonly id: string;
  readonly index: number | null;
  readonly status: TaskStatus;
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
}

/** A layer with more tasks than these is shown as numbers. */
const TASKS_NAMED_MAX = 12;

const inRun = and(gte(task.id, sql.placeholder("from")), lt(task.id, sql.placeholder("until")));

const statements = oncePerStore(({ db }) => ({
  counts: db
    .select({ layer: task.layer, status: task.status, count: sql<number>`count(*)` })
    .from(task)
    .where(and(inRun, isCurrentRow("task"), sql`coalesce(${task.itemsCount}, 0) = 0`))
    .groupBy(task.layer, task.status)
    .orderBy(task.layer)
    .prepare(),
}));

/** @param wanted layers whose tasks are to be named; the others are counted */
export function readRunProgress(store: ReadStore, runId: number, wanted: (layer: number) => boolean): LayerProgress[] {
  const range = { from: runId * RUN_ROWS_MAX, until: (runId + 1) * RUN_ROWS_MAX };
  const layers = new Map<number, Partial<Record<TaskStatus, number>>>();
  for (const { layer, status, count } of statements(store).counts.all(range)) {
    layers.set(layer, { ...layers.get(layer), [status]: count });
  }
  const small = Array.from(layers)
    .filter(([layer, counts]) => wanted(layer) && sumCounts(counts) <= TASKS_NAMED_MAX)
    .map(([layer]) => layer);
  const named = listTasks(store, runId, small);
  return Array.from(layers, ([layer, counts]) => ({
    layer,
    counts,
    total: sumCounts(counts),
    isDone: sumCounts(counts) === sumCounts({ ...counts, pending: 0, ready: 0, running: 0, retrying: 0, waiting: 0 }),
    tasks: small.includes(layer) ? (named.get(layer) ?? []) : null,
  }));
}

function listTasks({ db }: ReadStore, runId: number, layers: readonly number[]): Map<number, TaskProgress[]> {
  const byLayer = new Map<number, TaskProgress[]>();
  if (layers.length === 0) return byLayer;
  const rows = db
    .select({
      id: definitionTask.name,
      index: task.item,
      layer: task.layer,
      status: task.status,
      startedAt: task.startedAt,
      finishedAt: task.finishedAt,
    })
    .from(task)
    .innerJoin(run, eq(run.id, task.runId))
    .innerJoin(
      definitionTask,
      and(
        eq(definitionTask.definitionId, run.definitionId),
        sql`${definitionTask.idx} = coalesce(${task.parentId} % ${RUN_ROWS_MAX}, ${task.idx})`,
      ),
    )
    .where(
      and(
        gte(task.id, runId * RUN_ROWS_MAX),
        lt(task.id, (runId + 1) * RUN_ROWS_MAX),
        inArray(task.layer, [...layers]),
        isCurrentRow("task"),
        sql`coalesce(${task.itemsCount}, 0) = 0`,
      ),
    )
    .orderBy(task.id)
    .all();
  for (const { layer, ...row } of rows) byLayer.set(layer, [...(byLayer.get(layer) ?? []), row]);
  return byLayer;
}

function sumCounts(counts: Readonly<Partial<Record<TaskStatus, number>>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
