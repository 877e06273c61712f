/** Fewer rows than this are quicker one by one than by a statement for all of them. */
export const BATCH_MIN = 4;
/** Looking for the group of an item costs with each group: what is alike to none of so many stays by itself. */
const GROUPS_MAX = 8;

/** In groups of what is alike, in the order of their first ones. */
export function groupAlike<T>(items: Iterable<T>, isAlike: (one: T, other: T) => boolean): T[][] {
  const groups: T[][] = [];
  const alone: T[][] = [];
  for (const item of items) {
    const group = groups.find(([first]) => isAlike(first as T, item));
    if (group !== undefined) group.push(item);
    else if (groups.length < GROUPS_MAX) groups.push([item]);
    else alone.push([item]);
  }
  return [...groups, ...alone];
}
