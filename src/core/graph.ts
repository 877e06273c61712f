import { assert, InvalidDefinitionError } from "./errors.ts";
import { type Cycle, describeCycle, findCycle } from "./graph-cycle.ts";

/** A task as the graph sees it: its name, and the indices of all tasks that it waits for (`needs` and `after` together). */
export interface GraphTask {
  readonly id: string;
  readonly needs: readonly number[];
}

/**
 * The shape of a workflow over task indices 0 … size−1, in the order of declaration. Immutable. All lists of lists are
 * flat: the needs of task t are `needs[needsStart[t] … needsStart[t + 1])`, each once, in the order they were given.
 */
export interface Graph {
  readonly size: number;
  readonly edgeCount: number;
  readonly needsStart: Int32Array;
  readonly needs: Int32Array;
  /** The tasks that wait for task t: `dependents[dependentsStart[t] … dependentsStart[t + 1])`, in declaration order. */
  readonly dependentsStart: Int32Array;
  readonly dependents: Int32Array;
  /** layer[t] = 1 + the highest layer among its needs; 0 where it has none. */
  readonly layer: Int32Array;
  readonly layerCount: number;
  /** All tasks by layer, then declaration: those of layer l are `order[layerStart[l] … layerStart[l + 1])`. */
  readonly layerStart: Int32Array;
  readonly order: Int32Array;
  /** Number of tasks on the longest path that begins at the task, itself included: 1 where nothing waits for it. */
  readonly height: Int32Array;
}

/**
 * Builds the graph in O(tasks + needs), without recursion. Repeated needs count once.
 * @throws {InvalidDefinitionError} code `cycle`, naming one cycle, where tasks wait for each other.
 */
export function buildGraph(tasks: readonly GraphTask[]): Graph {
  const size = tasks.length;
  const { needsStart, needs } = flattenNeeds(tasks);
  const { dependentsStart, dependents } = invertNeeds(size, needsStart, needs);
  const links = { size, edgeCount: needs.length, needsStart, needs, dependentsStart, dependents };
  const { layer, arrived } = computeLayers(links);
  if (arrived < size) throw createCycleError(tasks, findCycle(links, layer));
  const layers = groupByLayer(layer);
  return { ...links, layer, ...layers, height: computeHeights(links, layers.order) };
}

/** The needs of one task, as a view without a copy. */
export function listNeeds(graph: Pick<Graph, "needs" | "needsStart">, task: number): Int32Array {
  return graph.needs.subarray(graph.needsStart[task], graph.needsStart[task + 1]);
}

/** The tasks that wait for one task, as a view without a copy. */
export function listDependents(graph: Pick<Graph, "dependents" | "dependentsStart">, task: number): Int32Array {
  return graph.dependents.subarray(graph.dependentsStart[task], graph.dependentsStart[task + 1]);
}

/** How many tasks each layer has; a copy of its own for who counts down. */
export function countLayerTasks({ layerStart, layerCount }: Pick<Graph, "layerStart" | "layerCount">): Int32Array {
  const counts = new Int32Array(layerCount);
  for (let layer = 0; layer < layerCount; layer++) {
    counts[layer] = (layerStart[layer + 1] as number) - (layerStart[layer] as number);
  }
  return counts;
}

/** The tasks of one layer in declaration order, as a view without a copy. */
export function listLayer(graph: Pick<Graph, "order" | "layerStart">, layer: number): Int32Array {
  return graph.order.subarray(graph.layerStart[layer], graph.layerStart[layer + 1]);
}

type Links = Omit<Graph, "layer" | "layerCount" | "layerStart" | "order" | "height">;

function flattenNeeds(tasks: readonly GraphTask[]): { needsStart: Int32Array; needs: Int32Array } {
  const size = tasks.length;
  const needsStart = new Int32Array(size + 1);
  const needs = new Int32Array(tasks.reduce((sum, task) => sum + task.needs.length, 0));
  const lastSeenBy = new Int32Array(size).fill(-1);
  let end = 0;
  for (let task = 0; task < size; task++) {
    for (const need of (tasks[task] as GraphTask).needs) {
      assert(Number.isInteger(need) && need >= 0 && need < size, `task ${task} needs index ${need}, of ${size} tasks`);
      if (lastSeenBy[need] === task) continue;
      lastSeenBy[need] = task;
      needs[end++] = need;
    }
    needsStart[task + 1] = end;
  }
  return { needsStart, needs: end === needs.length ? needs : needs.slice(0, end) };
}

function invertNeeds(size: number, needsStart: Int32Array, needs: Int32Array) {
  const dependentsStart = new Int32Array(size + 1);
  for (const need of needs) dependentsStart[need + 1] = (dependentsStart[need + 1] as number) + 1;
  for (let task = 0; task < size; task++) {
    dependentsStart[task + 1] = (dependentsStart[task + 1] as number) + (dependentsStart[task] as number);
  }
  const next = dependentsStart.slice(0, size);
  const dependents = new Int32Array(needs.length);
  for (let task = 0; task < size; task++) {
    for (let edge = needsStart[task] as number; edge < (needsStart[task + 1] as number); edge++) {
      const need = needs[edge] as number;
      const place = next[need] as number;
      dependents[place] = task;
      next[need] = place + 1;
    }
  }
  return { dependentsStart, dependents };
}

/** Kahn's algorithm. The layer of a task that never arrives, because it is on a cycle or behind one, is −1. */
function computeLayers(links: Links): { layer: Int32Array; arrived: number } {
  const { size, needsStart, dependentsStart, dependents } = links;
  const unmet = new Int32Array(size);
  const reached = new Int32Array(size);
  const layer = new Int32Array(size).fill(-1);
  const queue = new Int32Array(size);
  let end = 0;
  for (let task = 0; task < size; task++) {
    unmet[task] = (needsStart[task + 1] as number) - (needsStart[task] as number);
    if (unmet[task] === 0) queue[end++] = task;
  }
  for (let at = 0; at < end; at++) {
    const task = queue[at] as number;
    const own = reached[task] as number;
    layer[task] = own;
    for (let edge = dependentsStart[task] as number; edge < (dependentsStart[task + 1] as number); edge++) {
      const dependent = dependents[edge] as number;
      if ((reached[dependent] as number) <= own) reached[dependent] = own + 1;
      const left = (unmet[dependent] as number) - 1;
      unmet[dependent] = left;
      if (left === 0) queue[end++] = dependent;
    }
  }
  return { layer, arrived: end };
}

/** A counting sort: within a layer, tasks keep the order of declaration. */
function groupByLayer(layer: Int32Array): Pick<Graph, "layerCount" | "layerStart" | "order"> {
  const layerCount = layer.reduce((most, own) => Math.max(most, own + 1), 0);
  const layerStart = new Int32Array(layerCount + 1);
  for (const own of layer) layerStart[own + 1] = (layerStart[own + 1] as number) + 1;
  for (let own = 0; own < layerCount; own++) {
    layerStart[own + 1] = (layerStart[own + 1] as number) + (layerStart[own] as number);
  }
  const next = layerStart.slice(0, layerCount);
  const order = new Int32Array(layer.length);
  for (let task = 0; task < layer.length; task++) {
    const own = layer[task] as number;
    const place = next[own] as number;
    order[place] = task;
    next[own] = place + 1;
  }
  return { layerCount, layerStart, order };
}

function computeHeights(links: Links, order: Int32Array): Int32Array {
  const { needsStart, needs } = links;
  const height = new Int32Array(links.size).fill(1);
  for (let at = order.length - 1; at >= 0; at--) {
    const task = order[at] as number;
    const own = height[task] as number;
    for (let edge = needsStart[task] as number; edge < (needsStart[task + 1] as number); edge++) {
      const need = needs[edge] as number;
      if ((height[need] as number) <= own) height[need] = own + 1;
    }
  }
  return height;
}

function createCycleError(tasks: readonly GraphTask[], cycle: Cycle): InvalidDefinitionError {
  return new InvalidDefinitionError(describeCycle(cycle.map((task) => (tasks[task] as GraphTask).id)), {
    code: "cycle",
  });
}
