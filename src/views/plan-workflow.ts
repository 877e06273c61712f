import { findCriticalPath } from "../core/critical-path.ts";
import type { Strategy, WorkflowSpec } from "../core/workflow-spec.ts";
import { simulateEagerMs, simulateLayersMs } from "./simulate-schedule.ts";
import { buildSpecGraph, listLayerNames } from "./spec-graph.ts";

/** What a workflow would do, before any of it is run. */
export interface WorkflowPlan {
  readonly workflow: string;
  /** Number of declared tasks; a map counts as one. */
  readonly tasks: number;
  readonly layers: readonly (readonly string[])[];
  readonly widths: readonly number[];
  readonly criticalPath: readonly string[];
  readonly mapTasks: readonly string[];
  /** Tasks that start a child workflow, and its name. */
  readonly childTasks: Readonly<Record<string, string>>;
  readonly strategy: Strategy;
  readonly maxConcurrent: number | null;
  readonly expected: ExpectedTimes;
}

/**
 * How long it should take. `known` tasks have a median of earlier runs; the others are taken to last as long as the
 * average known one, and where none is known all last the same: then only the ratios mean something, and the times are null.
 */
export interface ExpectedTimes {
  readonly known: number;
  readonly criticalPathMs: number | null;
  readonly layersMs: number | null;
  readonly eagerMs: number | null;
  /** layersMs / eagerMs: what waiting for whole layers costs with this graph. */
  readonly layersCostFactor: number;
}

/** @param medianMsOf the median duration of a task in earlier runs, where there is one */
export function planWorkflow(
  spec: WorkflowSpec,
  medianMsOf: ReadonlyMap<string, number> = new Map(),
  maxConcurrent: number | null = spec.maxConcurrent ?? null,
): WorkflowPlan {
  const graph = buildSpecGraph(spec);
  const layers = listLayerNames(spec, graph);
  const { known, durationsMs } = guessDurations(spec, medianMsOf);
  const slots = maxConcurrent ?? Number.POSITIVE_INFINITY;
  const layersMs = simulateLayersMs(graph, durationsMs, slots);
  const eagerMs = simulateEagerMs(graph, durationsMs, slots);
  const path = findCriticalPath(graph, durationsMs);
  const pathMs = path.reduce((sum, index) => sum + (durationsMs[index] ?? 0), 0);
  return {
    workflow: spec.name,
    tasks: spec.tasks.length,
    layers,
    widths: layers.map((layer) => layer.length),
    criticalPath: path.map((index) => spec.tasks[index]?.id ?? ""),
    mapTasks: spec.tasks.filter((task) => task.map !== undefined).map((task) => task.id),
    childTasks: Object.fromEntries(spec.tasks.flatMap(({ id, child }) => (child === undefined ? [] : [[id, child]]))),
    strategy: spec.strategy ?? "layers",
    maxConcurrent,
    expected: {
      known,
      criticalPathMs: known === 0 ? null : pathMs,
      layersMs: known === 0 ? null : layersMs,
      eagerMs: known === 0 ? null : eagerMs,
      layersCostFactor: eagerMs === 0 ? 1 : Math.round((layersMs / eagerMs) * 1_000) / 1_000,
    },
  };
}

function guessDurations(
  spec: WorkflowSpec,
  medianMsOf: ReadonlyMap<string, number>,
): { known: number; durationsMs: Float64Array } {
  const medians = spec.tasks.map((task) => medianMsOf.get(task.id));
  const found = medians.filter((ms) => ms !== undefined);
  const average = found.length === 0 ? 1 : found.reduce((sum, ms) => sum + ms, 0) / found.length;
  return { known: found.length, durationsMs: Float64Array.from(medians, (ms) => ms ?? average) };
}
