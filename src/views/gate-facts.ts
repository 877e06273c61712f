import { sql } from "drizzle-orm";
import { RUN_ROWS_MAX } from "../core/limits.ts";
import type { TaskStatus } from "../core/task-status.ts";
import type { TaskSpec, WorkflowSpec } from "../core/workflow-spec.ts";
import { type OutputColumns, readOutputs, type SeenOutput } from "./map-output.ts";
import type { ReadStore } from "./once-per-store.ts";
import { buildSpecGraph, listWaitedFor } from "./spec-graph.ts";

/** What ran before a checkpoint, and gave what is decided on. */
export interface HappenedTask extends SeenOutput {
  readonly id: string;
  readonly status: TaskStatus;
  readonly attempt: number;
  readonly attemptsMax: number;
  readonly durationMs: number | null;
}

/** Rows are read at most, of a wide layer: a screen shows a few. */
const ROWS_MAX = 200;

interface Row extends OutputColumns {
  readonly idx: number;
  readonly attempt: number;
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
}

/** The declared tasks at these indices, as their rows are now; `isWhole`: with every item that their maps gave. */
export function listHappened(
  store: ReadStore,
  runId: number,
  spec: WorkflowSpec,
  indices: readonly number[],
  isWhole: boolean,
): HappenedTask[] {
  if (indices.length === 0) return [];
  const ids = JSON.stringify(indices.slice(0, ROWS_MAX).map((index) => runId * RUN_ROWS_MAX + index));
  const rows = store.db.all<Row>(sql`
    SELECT t.idx, t.status, t.attempt, t.started_at AS startedAt, t.finished_at AS finishedAt,
      coalesce(t.output, v.json) AS outputJson, t.items_base AS itemsBase, t.items_count AS itemsCount
    FROM json_each(${ids}) AS j JOIN task AS t ON t.id = j.value LEFT JOIN value AS v ON v.id = t.output_id`);
  const outputs = readOutputs(store, runId, rows, isWhole);
  return rows.map((row, at) => {
    const task = spec.tasks[row.idx];
    const { startedAt, finishedAt } = row;
    return {
      id: task?.id ?? `#${row.idx}`,
      status: row.status,
      attempt: row.attempt,
      attemptsMax: task?.retry?.attempts ?? 1,
      durationMs: startedAt === null || finishedAt === null ? null : Math.max(0, finishedAt - startedAt),
      ...(outputs[at] as SeenOutput),
    };
  });
}

/** The tasks of a layer that still wait, and what a rejection would keep from running. */
export interface GateConsequences {
  readonly starts: readonly string[];
  readonly skips: readonly string[];
}

/** Indices of a layer's tasks. */
export function listLayerIndices(spec: WorkflowSpec, layer: number): number[] {
  const graph = buildSpecGraph(spec);
  return spec.tasks.map((_, index) => index).filter((index) => graph.layer[index] === layer);
}

/** Approving a layer starts the next one; rejecting it ends the run. */
export function listLayerConsequences(spec: WorkflowSpec, layer: number): GateConsequences {
  const graph = buildSpecGraph(spec);
  const later = spec.tasks.map((task, index) => ({ id: task.id, layer: graph.layer[index] ?? 0 }));
  return {
    starts: later.filter((task) => task.layer === layer + 1).map((task) => task.id),
    skips: later.filter((task) => task.layer > layer).map((task) => task.id),
  };
}

/** Rejecting a task skips it and what needs it, except what runs whatever happened before. */
export function listTaskConsequences(spec: WorkflowSpec, index: number): GateConsequences {
  const skipped = new Set([index]);
  // A need's index is smaller than its own, so one pass in order reaches all.
  for (const [at, task] of spec.tasks.entries()) {
    if (task.when !== "all_done" && listWaitedFor(task).some((need) => skipped.has(need))) skipped.add(at);
  }
  const nameOf = (at: number): string => (spec.tasks[at] as TaskSpec).id;
  return { starts: [nameOf(index)], skips: [...skipped].sort((one, other) => one - other).map(nameOf) };
}
