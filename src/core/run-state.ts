import { assert } from "./errors.ts";
import type { EventKind } from "./event-kind.ts";
import { countLayerTasks } from "./graph.ts";
import { findInstanceLane, findLane } from "./lane.ts";
import type { ChildStart, Question } from "./parked-work.ts";
import { ReadyHeap } from "./ready-heap.ts";
import type { RunPlan } from "./run-plan.ts";
import { findNextRunStatus, type RunEvent, type RunIntent, type RunMode, type RunStatus } from "./run-status.ts";
import { getSlotClass, type SlotClass } from "./slot-class.ts";
import { type AttemptRecord, createTaskNode, hasMapRoom, needsExpansion, type TaskNode } from "./task-node.ts";
import { findNextTaskStatus, isFinalTask, type TaskEvent, type TaskStatus } from "./task-status.ts";
import type { TaskSpec } from "./workflow-spec.ts";

/**
 * One run in the memory of the engine that owns it.
 *
 * Owns: the nodes, the counters that make work per finished task O(its edges), the ready heaps, and the list of what a
 * transaction has to write. Owns not: rows (store), time (it is passed in), attempts (dispatcher).
 *
 * R1 Every change of a status goes through `moveTask` or `moveRun`, which follow the tables of core.
 * R2 `unsettled` = declared nodes that are not final; `layerLeft[l]` = those of layer l; `active` = nodes with isActive.
 * R3 A node is in a ready heap or a lane, or its map's `ready`, exactly while it is `ready` and its layer is open.
 * R4 What is in `dirty`, `attempts`, `questions`, `children` and `events` is what differs from the rows. After a
 *    transaction that threw, the state is dropped and read again; it is never repaired.
 */
export interface RunState {
  readonly id: number;
  readonly uid: string;
  readonly plan: RunPlan;
  readonly strategy: "layers" | "eager";
  readonly isReviewed: boolean;
  readonly maxConcurrent: number;
  readonly mode: RunMode;
  /** Of a child run: the task that started it. */
  readonly parentTaskId: number | null;
  readonly facts: RunFactsRow;
  status: RunStatus;
  savedStatus: RunStatus;
  /** The engine that owns the run, exactly while it is `running`; what the row says of it. */
  ownerId: number | null;
  savedOwnerId: number | null;
  intent: RunIntent;
  reason: string | null;
  /** All layers up to this one are open. */
  openLayer: number;
  /** The layer whose review is awaited; -1: none. */
  reviewLayer: number;
  rowCount: number;
  startedAt: number | null;
  finishedAt: number | null;
  deadlineAt: number | null;
  parkedAt: number | null;
  isRowDirty: boolean;
  /** False until the rows of its declared tasks are written. */
  hasTaskRows: boolean;

  readonly nodes: TaskNode[];
  readonly layerLeft: Int32Array;
  unsettled: number;
  active: number;
  retrying: number;
  waiting: number;
  /** A failure that counts, and a rejection: what the verdict looks at. */
  hasFailed: boolean;
  isRejected: boolean;
  /** A failure under `onFailure: "stop"` in this turn. */
  mustStop: boolean;
  /** False: the run surely has no checkpoint that is open or decided, so none has to be looked for. */
  hasGates: boolean;
  /** Questions of programs are open in it: they end with it. */
  hasAsks: boolean;
  /** True where one may be decided and not applied: the next turn that touches the run looks. */
  mayHaveDecisions: boolean;
  /** Tasks that wait for a child run, and how many of those runs go on by themselves (child-link.ts). */
  readonly childNodes: Set<TaskNode>;
  childrenActive: number;
  readonly ready: Record<SlotClass, ReadyHeap>;
  /** Ready tasks that use resources, by the plan's lanes. */
  readonly lanes: readonly ReadyHeap[];

  /** Nodes whose next try was set in this turn; the engine arms a timer for each. */
  newTimers: TaskNode[];
  isDeadlineArmed: boolean;

  dirty: TaskNode[];
  attempts: AttemptRecord[];
  questions: Question[];
  children: ChildStart[];
  events: Fact[];
}

/** What never changes of a run, as its row says it. */
export interface RunFactsRow {
  readonly inputJson: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly scheduledAt: string;
  readonly cwd: string;
  readonly file: string | null;
  readonly exportName: string | null;
  readonly codeHash: string | null;
  readonly createdAt: number;
}

/** Something that happened, as the event log tells it. `tasks`: indices of nodes, where one fact holds for many. */
export interface Fact {
  readonly kind: EventKind;
  readonly tasks?: number[];
  readonly task?: number;
  readonly data?: Readonly<Record<string, unknown>>;
}

export interface NewRun {
  readonly id: number;
  readonly uid: string;
  readonly mode: RunMode;
  readonly strategy: "layers" | "eager";
  readonly isReviewed: boolean;
  readonly maxConcurrent: number | null;
  readonly parentTaskId?: number | null;
  readonly facts: RunFactsRow;
}

/** A run as it begins: all tasks pending, no layer open. Call `openFirstLayer` next. */
export function createRunState(plan: RunPlan, run: NewRun): RunState {
  const { graph, spec } = plan;
  const nodes: TaskNode[] = new Array(graph.size);
  for (let index = 0; index < graph.size; index++) {
    const unmet = (graph.needsStart[index + 1] as number) - (graph.needsStart[index] as number);
    nodes[index] = createTaskNode(index, spec.tasks[index] as TaskSpec, graph.layer[index] as number, unmet);
  }
  return {
    id: run.id,
    uid: run.uid,
    plan,
    strategy: run.strategy,
    isReviewed: run.isReviewed,
    maxConcurrent: run.maxConcurrent ?? Number.POSITIVE_INFINITY,
    mode: run.mode,
    parentTaskId: run.parentTaskId ?? null,
    facts: run.facts,
    status: "queued",
    savedStatus: "queued",
    ownerId: null,
    savedOwnerId: null,
    intent: "none",
    reason: null,
    openLayer: -1,
    reviewLayer: -1,
    rowCount: graph.size,
    startedAt: null,
    finishedAt: null,
    deadlineAt: null,
    parkedAt: null,
    isRowDirty: false,
    hasTaskRows: false,
    nodes,
    layerLeft: countLayerTasks(graph),
    unsettled: graph.size,
    active: 0,
    retrying: 0,
    waiting: 0,
    hasFailed: false,
    isRejected: false,
    mustStop: false,
    ...{ hasGates: false, hasAsks: false, mayHaveDecisions: false },
    childNodes: new Set(),
    childrenActive: 0,
    ready: { function: new ReadyHeap(plan.rank), command: new ReadyHeap(plan.rank) },
    lanes: plan.lanes === null ? NO_LANES : plan.lanes.lanes.map(() => new ReadyHeap(plan.rank)),
    newTimers: [],
    isDeadlineArmed: false,
    dirty: [],
    attempts: [],
    questions: [],
    children: [],
    events: [],
  };
}

const NO_LANES: readonly ReadyHeap[] = [];

/** Moves a node along the table (R1), keeps the counters (R2) and notes it for writing (R4). Returns the new status. */
export function moveTask(state: RunState, node: TaskNode, event: TaskEvent): TaskStatus {
  const before = node.status;
  const after = findNextTaskStatus(before, event);
  assert(after !== undefined, `run ${state.id} task ${node.index}: ${event} while ${before}`);
  node.status = after;
  if (before === "retrying") state.retrying--;
  if (before === "waiting") state.waiting--;
  if (after === "retrying") state.retrying++;
  if (after === "waiting") state.waiting++;
  if (node.parent === null) countSettled(state, node, before, after);
  markDirty(state, node);
  return after;
}

function countSettled(state: RunState, node: TaskNode, before: TaskStatus, after: TaskStatus): void {
  const change = Number(isFinalTask(before)) - Number(isFinalTask(after));
  if (change === 0) return;
  state.unsettled += change;
  state.layerLeft[node.layer] = (state.layerLeft[node.layer] as number) + change;
}

export function markDirty(state: RunState, node: TaskNode): void {
  if (node.isDirty) return;
  node.isDirty = true;
  state.dirty.push(node);
}

/** Moves the run along its table (R1). */
export function moveRun(state: RunState, event: RunEvent): void {
  const after = findNextRunStatus(state.status, event);
  assert(after !== undefined, `run ${state.id}: ${event} while ${state.status}`);
  state.status = after;
  state.isRowDirty = true;
}

/** Puts a ready node where it is found by the next claim (R3). */
export function queueReady(state: RunState, node: TaskNode): void {
  const { parent } = node;
  if (parent === null) {
    const { lanes } = state.plan;
    const heap = lanes === null ? undefined : state.lanes[findLane(lanes, node)];
    (heap ?? state.ready[getSlotClass(node.spec, needsExpansion(node))]).push(node.index);
    return;
  }
  const map = parent.map;
  assert(map !== null, `run ${state.id}: instance ${node.index} of a map that is not expanded`);
  map.ready.push(node.item);
  queueMap(state, parent);
}

/** A map stands in the heap while it has an instance to claim and room for it. */
export function queueMap(state: RunState, parent: TaskNode): void {
  const map = parent.map;
  if (map === null || map.isQueued || map.readyFrom >= map.ready.length) return;
  if (!hasMapRoom(parent)) return;
  map.isQueued = true;
  const { lanes } = state.plan;
  const heap = lanes === null ? undefined : state.lanes[findInstanceLane(lanes, parent)];
  (heap ?? state.ready[getSlotClass(parent.spec, false)]).push(parent.index);
}

/** True where a transaction has something to write of this run. */
export function hasChanges(state: RunState): boolean {
  return (
    state.isRowDirty ||
    state.dirty.length > 0 ||
    state.events.length > 0 ||
    state.attempts.length > 0 ||
    state.questions.length > 0 ||
    state.children.length > 0
  );
}
