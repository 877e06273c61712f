import { LockstepError } from "../core/errors.ts";
import { MAP_ITEMS_DEFAULT, MAP_ITEMS_MAX, TASK_INPUTS_BYTES_MAX } from "../core/limits.ts";
import type { TaskSpec } from "../core/workflow-spec.ts";
import type { DecideContext, TaskProgram } from "../definition/program.ts";
import { createTooLarge, serializeTaskOutput } from "./serialize-value.ts";

/** Longest name of an instance that people see. */
const LABEL_CHARS_MAX = 200;

/**
 * Checks what `over` gave and splits it into the instances' items, in order: single items, or lists of them.
 * @throws {LockstepError} `not_a_list`, `too_many_items`
 */
export function splitList(spec: TaskSpec, list: unknown): unknown[] {
  if (!Array.isArray(list)) {
    throw new LockstepError("not_a_list", `Task "${spec.id}" needs a list to map over, found ${describe(list)}.`);
  }
  const max = spec.map?.maxItems ?? MAP_ITEMS_DEFAULT;
  if (list.length > max) {
    throw new LockstepError(
      "too_many_items",
      `Task "${spec.id}" maps over ${list.length} items, more than its maxItems of ${max}. Set maxItems, or check the list.`,
    );
  }
  const items = splitItems(list, spec.map ?? {});
  if (items.length > MAP_ITEMS_MAX) {
    throw new LockstepError(
      "too_many_items",
      `Task "${spec.id}" would have ${items.length} instances, more than ${MAP_ITEMS_MAX}. Set batch, so that one takes several items.`,
    );
  }
  return items;
}

/** The items as JSON texts. A hole is null, as JSON has it. */
export function serializeItems(spec: TaskSpec, items: readonly unknown[]): string[] {
  let chars = 0;
  return items.map((item, index) => {
    const json = serializeTaskOutput(spec.id, item, `item[${index}]`) ?? "null";
    chars += json.length;
    if (chars > TASK_INPUTS_BYTES_MAX) throw createTooLarge(spec.id, TASK_INPUTS_BYTES_MAX);
    return json;
  });
}

/** The names that people see of the instances; null where the program has none. */
export async function labelItems(
  task: TaskProgram,
  context: DecideContext,
  items: readonly string[],
): Promise<string[] | null> {
  if (task.label === undefined) return null;
  const labels: string[] = [];
  for (const [index, item] of items.entries()) {
    const given = task.label({ ...context, item: JSON.parse(item), index });
    const label = isPromise(given) ? await given : given;
    const text = typeof label === "string" ? label : (JSON.stringify(label) ?? "");
    labels.push(text.length > LABEL_CHARS_MAX ? `${text.slice(0, LABEL_CHARS_MAX)}…` : text);
  }
  return labels;
}

export function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}

/** `chunks`: as equal as can be, the longer ones first; never more of them than items. */
function splitItems(list: readonly unknown[], map: NonNullable<TaskSpec["map"]>): unknown[] {
  if (map.chunks !== undefined) {
    const count = Math.min(map.chunks, list.length);
    return Array.from({ length: count }, (_, index) => {
      const start = Math.ceil((list.length * index) / count);
      return list.slice(start, Math.ceil((list.length * (index + 1)) / count));
    });
  }
  if (map.batch === undefined) return [...list];
  const batches: unknown[] = [];
  for (let start = 0; start < list.length; start += map.batch) batches.push(list.slice(start, start + map.batch));
  return batches;
}

function describe(found: unknown): string {
  if (found === null || found === undefined) return "nothing";
  if (found instanceof Map || found instanceof Set) return `a ${found.constructor.name}: give it as [...values]`;
  return typeof found === "object" ? "an object" : `a ${typeof found}`;
}
