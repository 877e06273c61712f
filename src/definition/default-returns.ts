import type { ReturnsSpec, TaskSpec } from "../core/workflow-spec.ts";

/** Last tasks whose outputs make the result by themselves; of more, the author must say which are wanted. */
const DEFAULT_RESULTS_MAX = 1_000;

/** The result where the author said none: the output of the only last task, else those of the last tasks by their ids. */
export function createDefaultReturns(tasks: readonly TaskSpec[]): ReturnsSpec | undefined {
  const needed = new Set(tasks.flatMap(({ needs, after }) => [...Object.values(needs ?? {}), ...(after ?? [])]));
  const last = tasks.flatMap(({ id }, index) => (needed.has(index) ? [] : [[id, index] as const]));
  const [only] = last;
  if (only !== undefined && last.length === 1) return { kind: "task", task: only[1] };
  if (last.length === 0 || last.length > DEFAULT_RESULTS_MAX) return undefined;
  return { kind: "record", tasks: Object.fromEntries(last) };
}
