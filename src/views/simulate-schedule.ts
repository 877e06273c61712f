import { computeTails, type Durations } from "../core/critical-path.ts";
import { type Graph, listDependents, listLayer } from "../core/graph.ts";

/** When the last task ends, if the task with the longest remaining path goes first and `slots` run at once. */
export function simulateEagerMs(graph: Graph, durationsMs: Durations, slots: number): number {
  const tails = computeTails(graph, durationsMs);
  const remaining = (task: number) => (durationsMs[task] as number) + (tails[task] as number);
  const unmet = new Int32Array(graph.size);
  for (let task = 0; task < graph.size; task++) {
    unmet[task] = (graph.needsStart[task + 1] as number) - (graph.needsStart[task] as number);
  }
  const ready = new Heap((one, other) => remaining(other) - remaining(one));
  const endsAt = new Float64Array(graph.size);
  const running = new Heap((one, other) => (endsAt[one] as number) - (endsAt[other] as number));
  for (const task of listLayer(graph, 0)) ready.push(task);
  let now = 0;
  for (;;) {
    while (running.size < slots && ready.size > 0) {
      const task = ready.pop();
      endsAt[task] = now + (durationsMs[task] as number);
      running.push(task);
    }
    if (running.size === 0) return now;
    const ended = running.pop();
    now = endsAt[ended] as number;
    for (const dependent of listDependents(graph, ended)) {
      unmet[dependent] = (unmet[dependent] as number) - 1;
      if (unmet[dependent] === 0) ready.push(dependent);
    }
  }
}

/** The same where each layer waits for the end of the one before: within a layer the longest task goes first. */
export function simulateLayersMs(graph: Graph, durationsMs: Durations, slots: number): number {
  let now = 0;
  for (let layer = 0; layer < graph.layerCount; layer++) {
    const durations = Float64Array.from(listLayer(graph, layer), (task) => durationsMs[task] as number)
      .sort()
      .reverse();
    now += packMs(durations, Math.min(slots, durations.length));
  }
  return now;
}

/** When the last ends of durations that are handed out in order to the first free of `slots`. */
function packMs(durations: Float64Array, slots: number): number {
  const freeAt = new Float64Array(slots);
  const next = new Heap((one, other) => (freeAt[one] as number) - (freeAt[other] as number));
  for (let slot = 0; slot < slots; slot++) next.push(slot);
  let last = 0;
  for (const durationMs of durations) {
    const slot = next.pop();
    freeAt[slot] = (freeAt[slot] as number) + durationMs;
    last = Math.max(last, freeAt[slot] as number);
    next.push(slot);
  }
  return last;
}

/** A binary heap of indices: `pop` gives the one that `compare` puts first. */
class Heap {
  readonly #items: number[] = [];
  readonly #compare: (one: number, other: number) => number;

  constructor(compare: (one: number, other: number) => number) {
    this.#compare = compare;
  }

  get size(): number {
    return this.#items.length;
  }

  push(item: number): void {
    const items = this.#items;
    let at = items.length;
    items.push(item);
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (this.#compare(item, items[above] as number) >= 0) break;
      items[at] = items[above] as number;
      at = above;
    }
    items[at] = item;
  }

  pop(): number {
    const items = this.#items;
    const first = items[0] as number;
    const item = items.pop() as number;
    if (items.length === 0) return first;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= items.length) break;
      if (below + 1 < items.length && this.#compare(items[below + 1] as number, items[below] as number) < 0) below++;
      if (this.#compare(item, items[below] as number) <= 0) break;
      items[at] = items[below] as number;
      at = below;
    }
    items[at] = item;
    return first;
  }
}
