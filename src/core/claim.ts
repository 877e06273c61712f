import { assert } from "./errors.ts";
import type { ReadyHeap } from "./ready-heap.ts";
import { noteTask } from "./run-notes.ts";
import { moveTask, queueMap, type RunState } from "./run-state.ts";
import type { SlotClass } from "./slot-class.ts";
import { hasMapRoom, type TaskNode } from "./task-node.ts";

/** A task of which an attempt begins, and the kind of place that it takes. */
export interface Claimed {
  readonly state: RunState;
  readonly node: TaskNode;
  readonly slot: SlotClass;
}

/** True where a claim of this class would find a task. */
export function canClaim(state: RunState, slot: SlotClass): boolean {
  return state.ready[slot].size > 0 && hasRunRoom(state);
}

/** The same for a lane of the run, as far as the run itself goes. */
export function canClaimLane(state: RunState, lane: number): boolean {
  return (state.lanes[lane]?.size ?? 0) > 0 && hasRunRoom(state);
}

function hasRunRoom(state: RunState): boolean {
  if (state.status !== "running" || state.intent === "pause" || state.intent === "cancel") return false;
  return state.active < state.maxConcurrent;
}

/**
 * Takes the ready task that goes first (longest remaining path) and starts an attempt of it; undefined where there is
 * none, or no room under the run's `maxConcurrent`. O(log ready).
 */
export function claimNext(state: RunState, slot: SlotClass, now: number): TaskNode | undefined {
  return claimFrom(state, state.ready[slot], now);
}

/** The same of a lane. Whether there is enough of what it uses is for the caller to know. */
export function claimNextInLane(state: RunState, lane: number, now: number): TaskNode | undefined {
  return claimFrom(state, state.lanes[lane] as ReadyHeap, now);
}

function claimFrom(state: RunState, heap: ReadyHeap, now: number): TaskNode | undefined {
  while (heap.size > 0 && hasRunRoom(state)) {
    const index = heap.pop();
    assert(index !== undefined, "a heap that is not empty has a top");
    const top = state.nodes[index] as TaskNode;
    const node = top.map === null ? top : takeInstance(state, top);
    if (node === undefined || node.status !== "ready") continue; // skipped or canceled while it stood in the heap
    startAttempt(state, node, now);
    return node;
  }
  return undefined;
}

/** The next instance of a map, which goes back into the heap while it has more. */
function takeInstance(state: RunState, parent: TaskNode): TaskNode | undefined {
  const { map } = parent;
  assert(map !== null, "only an expanded map stands for its instances");
  map.isQueued = false;
  if (!hasMapRoom(parent)) return undefined; // it filled up after it was queued; `endActivity` queues it again
  const item = map.ready[map.readyFrom++];
  if (item === undefined) return undefined;
  if (map.readyFrom === map.ready.length) {
    map.ready = [];
    map.readyFrom = 0;
  }
  const node = map.children[item] as TaskNode;
  if (node.status === "ready") map.active++;
  queueMap(state, parent);
  return node;
}

function startAttempt(state: RunState, node: TaskNode, now: number): void {
  moveTask(state, node, "claim");
  node.attempt++;
  node.startedAt = now;
  node.finishedAt = null;
  node.isActive = true;
  state.active++;
  noteTask(state, "task.started", node.index);
}

/** The attempt is dead: its place is free. */
export function endActivity(state: RunState, node: TaskNode): void {
  assert(node.isActive, `run ${state.id} task ${node.index}: ended twice`);
  node.isActive = false;
  state.active--;
  const { parent } = node;
  if (parent?.map) {
    parent.map.active--;
    queueMap(state, parent);
  }
}
