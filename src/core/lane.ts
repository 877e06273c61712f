import { getSlotClass, type SlotClass } from "./slot-class.ts";
import { needsExpansion, type TaskNode } from "./task-node.ts";
import type { TaskSpec } from "./workflow-spec.ts";

/** How much of a resource an attempt takes. */
export interface Use {
  readonly resource: string;
  readonly amount: number;
}

/**
 * Where ready tasks stand that take the same of the same resources. They are in no ready heap, so that they never block
 * what needs none of it; and as they are alike, one look at their first says whether any of them can start.
 */
export interface Lane {
  /** The same for the lanes of all runs that take the same. */
  readonly key: string;
  readonly slot: SlotClass;
  /** In the order of the names. */
  readonly uses: readonly Use[];
}

export interface LanePlan {
  readonly lanes: readonly Lane[];
  /** By declared task: the lane of its attempts, of a map those of its instances; -1: it takes nothing. */
  readonly ofBody: Int32Array;
  /** The same of what only works out a list or asks: that takes nothing of what the task declares. */
  readonly ofPrelude: Int32Array;
}

/** Null where no attempt takes anything. `always`: what every attempt takes, whatever its task declares. O(tasks). */
export function createLanePlan(tasks: readonly TaskSpec[], always: readonly Use[] = []): LanePlan | null {
  if (always.length === 0 && tasks.every(({ uses }) => uses === undefined)) return null;
  const lanes: Lane[] = [];
  const places = new Map<string, number>();
  const placeOf = (slot: SlotClass, uses: readonly Use[]): number => {
    if (uses.length === 0) return -1;
    const key = `${slot} ${JSON.stringify(uses.map(({ resource, amount }) => [resource, amount]))}`;
    const known = places.get(key);
    if (known !== undefined) return known;
    places.set(key, lanes.length);
    return lanes.push({ key, slot, uses }) - 1;
  };
  const ofBody = new Int32Array(tasks.length);
  const ofPrelude = new Int32Array(tasks.length);
  for (const [index, spec] of tasks.entries()) {
    ofBody[index] = placeOf(getSlotClass(spec, false), [...always, ...listUses(spec)]);
    ofPrelude[index] = placeOf(getSlotClass(spec, spec.map !== undefined), always);
  }
  return { lanes, ofBody, ofPrelude };
}

/** What an attempt of a task takes, in the order of the names. */
function listUses({ uses = {} }: TaskSpec): Use[] {
  const names = Object.keys(uses).sort();
  return names.map((resource) => ({ resource, amount: uses[resource] as number }));
}

/** The lane that a ready task stands in, or -1. */
export function findLane({ ofBody, ofPrelude }: LanePlan, node: TaskNode): number {
  const index = node.parent?.index ?? node.index;
  return (isPrelude(node) ? ofPrelude : ofBody)[index] as number;
}

/** The lane of the instances of a map, or -1. */
export function findInstanceLane({ ofBody }: LanePlan, map: TaskNode): number {
  return ofBody[map.index] as number;
}

/** True where the next attempt works out a list, or asks. */
function isPrelude(node: TaskNode): boolean {
  if (needsExpansion(node)) return true;
  return node.parent === null && node.spec.checkpoint !== undefined && node.step !== "approved";
}
