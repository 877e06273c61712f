import { buildGraph, type GraphTask } from "../core/graph.ts";
import { computeLowerBoundMs } from "../core/window-bound.ts";
import type { WorkflowSpec } from "../core/workflow-spec.ts";
import { listWaitedFor } from "./spec-graph.ts";

/** How a finished run did: beside one task after the other, and beside what no order could beat. */
export interface Speedup {
  /** What all attempts took together. */
  readonly sequentialMs: number;
  readonly wallMs: number;
  /** sequentialMs / wallMs. */
  readonly factor: number;
  /** The window bound, over the slots that the run had. */
  readonly lowerBoundMs: number;
}

/** The work of one row: of a declared task, or of an instance of the map at index `parent`. */
export interface WorkDone {
  readonly index: number;
  readonly parent: number | null;
  readonly workMs: number;
}

/**
 * @param work one entry for each row of the run that was executed; a map's own row counts as no work, its instances do
 * @param slots how many tasks could run at once; Infinity where only the engine's own limit held
 */
export function measureSpeedup(spec: WorkflowSpec, work: readonly WorkDone[], wallMs: number, slots: number): Speedup {
  const sequentialMs = work.reduce((sum, done) => sum + done.workMs, 0);
  const { tasks, durationsMs } = spreadMaps(spec, work);
  const lowerBoundMs = computeLowerBoundMs(buildGraph(tasks), durationsMs, slots);
  return {
    sequentialMs,
    wallMs,
    factor: roundRatio(sequentialMs / Math.max(1, wallMs)),
    lowerBoundMs: Math.round(lowerBoundMs * 1_000) / 1_000,
  };
}

/** The graph as it was executed: instances stand between a map's needs and the map itself, which takes no time then. */
function spreadMaps(spec: WorkflowSpec, work: readonly WorkDone[]): { tasks: GraphTask[]; durationsMs: number[] } {
  const tasks = spec.tasks.map((task) => ({ id: task.id, needs: listWaitedFor(task) }));
  const durationsMs = new Array<number>(tasks.length).fill(0);
  const instancesOf = new Map<number, number[]>();
  for (const done of work) {
    if (done.parent === null) {
      durationsMs[done.index] = done.workMs;
      continue;
    }
    const instance = tasks.length;
    tasks.push({ id: "", needs: tasks[done.parent]?.needs ?? [] });
    durationsMs.push(done.workMs);
    const siblings = instancesOf.get(done.parent);
    if (siblings === undefined) instancesOf.set(done.parent, [instance]);
    else siblings.push(instance);
  }
  for (const [parent, instances] of instancesOf) {
    const task = tasks[parent];
    if (task !== undefined) tasks[parent] = { id: task.id, needs: instances };
  }
  return { tasks, durationsMs };
}

function roundRatio(ratio: number): number {
  return Math.round(ratio * 1_000) / 1_000;
}
