import type { AttemptStatus, TaskReason, TaskStatus, TaskStep } from "./task-status.ts";
import type { TaskSpec } from "./workflow-spec.ts";

/**
 * One task of a run in the memory of its owner: a declared task, or an instance of a map. Mirrors its row; `savedStatus`
 * is what the row says, so that the store can write `… WHERE id = ? AND status = savedStatus`.
 */
export interface TaskNode {
  readonly index: number;
  readonly spec: TaskSpec;
  readonly layer: number;
  /** Of an instance: its map, and its place in the list. */
  readonly parent: TaskNode | null;
  readonly item: number;
  status: TaskStatus;
  savedStatus: TaskStatus;
  isDirty: boolean;
  /** Needs that are not final. Not a column: rebuilt when the run is taken up. */
  unmet: number;
  reason: TaskReason | null;
  step: TaskStep;
  generation: number;
  attempt: number;
  tries: number;
  interruptions: number;
  wakeAt: number | null;
  startedAt: number | null;
  finishedAt: number | null;
  /** True from claim to outcome: an attempt is alive, or its death is not known yet. */
  isActive: boolean;
  /** Set where this turn changed the output: JSON text, or null for none. */
  newOutput: string | null | undefined;
  /** The recorded output, where it is short and was recorded by this engine: who needs it does not read its row. */
  shortOutput: string | undefined;
  /** Rises with every edit of the output. */
  revision: number;
  /** JSON of what a decision gave to the next attempt; undefined: as the row says. */
  newGiven: string | null | undefined;
  hasGiven: boolean;
  map: MapState | null;
  /** The child run that it waits for. */
  childRun: ChildLink | null;
  /** Its row still names a list that was given up: the next save takes it out. */
  dropsList: boolean;
}

/** A child run that its task waits for (child-link.ts). */
export interface ChildLink {
  readonly runId: number;
  /** True while it waits for a decision or is paused: nothing of it goes on by itself. */
  readonly isAtRest: boolean;
}

/** An expanded map. Its instances are the nodes `children`, in the order of the list. */
export interface MapState {
  readonly base: number;
  readonly count: number;
  /** JSON texts; null: they are in the database only, and are read when the first instance is claimed. */
  items: readonly string[] | null;
  labels: readonly string[] | null;
  children: TaskNode[];
  /** Places of instances that are ready and not claimed, first in, first out; `readyFrom` is its head. */
  ready: number[];
  readyFrom: number;
  open: number;
  failed: number;
  active: number;
  /** True while the map stands in its run's ready heap. */
  isQueued: boolean;
  isSaved: boolean;
  /** What its instances are given of the tasks that it needs, as it was read for the first of them. */
  given: GivenNeeds | undefined;
}

/** `stamp`: of which results. */
export interface GivenNeeds {
  readonly stamp: string;
  readonly texts: Readonly<Record<string, string | null>>;
}

/** A row of `attempt`: what was not a plain first success. */
export interface AttemptRecord {
  readonly node: TaskNode;
  readonly generation: number;
  readonly number: number;
  readonly status: AttemptStatus;
  readonly errorJson: string | null;
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly logBytes: number | null;
  readonly logCut: number | null;
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
}

export function createTaskNode(index: number, spec: TaskSpec, layer: number, unmet: number): TaskNode {
  return createNode(index, spec, layer, unmet, null, -1, "pending");
}

/** An instance of a map: born ready, without needs of its own. */
export function createInstanceNode(parent: TaskNode, base: number, item: number): TaskNode {
  const node = createNode(base + item, parent.spec, parent.layer, 0, parent, item, "ready");
  node.generation = parent.generation;
  return node;
}

function createNode(
  index: number,
  spec: TaskSpec,
  layer: number,
  unmet: number,
  parent: TaskNode | null,
  item: number,
  status: TaskStatus,
): TaskNode {
  return {
    index,
    spec,
    layer,
    parent,
    item,
    status,
    savedStatus: status,
    isDirty: false,
    unmet,
    reason: null,
    step: "body",
    generation: 0,
    attempt: 0,
    tries: 0,
    interruptions: 0,
    wakeAt: null,
    startedAt: null,
    finishedAt: null,
    isActive: false,
    newOutput: undefined,
    shortOutput: undefined,
    revision: 0,
    newGiven: undefined,
    hasGiven: false,
    map: null,
    childRun: null,
    dropsList: false,
  };
}

/** True for a map that was not expanded yet: its next attempt works out the list. */
export function needsExpansion(node: TaskNode): boolean {
  return node.spec.map !== undefined && node.parent === null && node.map === null;
}

/** False while as many instances of a map live as its `maxConcurrent` lets. */
export function hasMapRoom({ map, spec }: TaskNode): boolean {
  return map !== null && map.active < (spec.map?.maxConcurrent ?? Number.POSITIVE_INFINITY);
}
