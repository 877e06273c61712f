import { assert } from "./errors.ts";

/** Tasks that wait for each other, in the order of execution that was asked for: each is needed by the next, the last by the first. */
export type Cycle = readonly number[];

/** Names of a cycle that a message shows: enough to see it, short enough to read. */
const CYCLE_NAMES_MAX = 12;

/**
 * Finds one cycle among the tasks that never arrived (`layer` −1): each of them needs another such task, so that walking
 * along needs must come back. Begins at the task of the cycle that was declared first.
 */
export function findCycle(
  links: { readonly needsStart: Int32Array; readonly needs: Int32Array },
  layer: Int32Array,
): Cycle {
  const walk: number[] = [];
  const placeInWalk = new Map<number, number>();
  let task = layer.indexOf(-1);
  while (!placeInWalk.has(task)) {
    assert(task >= 0, "every task that never arrived needs another one");
    placeInWalk.set(task, walk.length);
    walk.push(task);
    const needs = links.needs.subarray(links.needsStart[task], links.needsStart[task + 1]);
    task = needs.find((need) => layer[need] === -1) ?? -1;
  }
  const cycle = walk.slice(placeInWalk.get(task)).reverse();
  const first = cycle.reduce((least, each, place) => (each < (cycle[least] as number) ? place : least), 0);
  return [...cycle.slice(first), ...cycle.slice(0, first)];
}

/** The message for a cycle of these names; of a long one, its beginning and its end. */
export function describeCycle(names: readonly string[]): string {
  if (names.length === 1) return `task "${names[0]}" waits for itself. Remove "${names[0]}" from its needs.`;
  const shown =
    names.length <= CYCLE_NAMES_MAX
      ? names
      : [...names.slice(0, CYCLE_NAMES_MAX - 2), `(${names.length - CYCLE_NAMES_MAX + 1} more)`, ...names.slice(-1)];
  return `tasks wait for each other: ${[...shown, names[0]].join(" → ")}. Remove one needs.`;
}
