import fc from "fast-check";
import { buildGraph } from "../../src/core/graph.ts";
import type { Outcome } from "../../src/core/outcome.ts";
import { needsExpansion, type TaskNode } from "../../src/core/task-node.ts";
import type { TaskSpec, WorkflowSpec } from "../../src/core/workflow-spec.ts";
import { FAILED, type Script } from "./core-run.ts";
import { arbitraryDag } from "./random-dag.ts";

/** What happens to one task: how often it fails before it succeeds, or the same for each instance of its map. */
export interface TaskFate {
  readonly failures: number;
  readonly isSkipped: boolean;
  /** Of a map: failures of each instance. */
  readonly items: readonly number[];
}

export interface RandomWorkflow {
  readonly spec: WorkflowSpec;
  readonly fates: readonly TaskFate[];
}

const failures = fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat(3));

const arbitraryFate: fc.Arbitrary<TaskFate> = fc.record({
  failures,
  isSkipped: fc.integer({ max: 9, min: 0 }).map((n) => n === 0),
  items: fc.array(failures, { maxLength: 6 }),
});

const arbitraryOptions: fc.Arbitrary<Partial<TaskSpec>> = fc.record(
  {
    when: fc.constantFrom("all_succeeded", "all_done", "any_failed"),
    retry: fc
      .integer({ min: 1, max: 3 })
      .map((attempts) => ({ attempts, backoffMs: 1_000, factor: 2, maxDelayMs: 60_000, jitter: 0 })),
    allowFailure: fc.constant(true),
    kind: fc.constantFrom("function", "command"),
    map: fc.record(
      { maxConcurrent: fc.integer({ min: 1, max: 3 }), tolerate: fc.constantFrom(0.5, 1, 2) },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: [] },
) as fc.Arbitrary<Partial<TaskSpec>>;

/** Random graphs with random options and a fixed fate for each task. */
export function arbitraryWorkflow(options: { readonly sizeMax?: number } = {}): fc.Arbitrary<RandomWorkflow> {
  return arbitraryDag({ sizeMax: options.sizeMax ?? 10 })
    .filter((tasks) => tasks.length > 0)
    .chain((dag) =>
      fc
        .record({
          options: fc.array(arbitraryOptions, { minLength: dag.length, maxLength: dag.length }),
          fates: fc.array(arbitraryFate, { minLength: dag.length, maxLength: dag.length }),
          workflow: fc.record(
            { strategy: fc.constantFrom("layers", "eager"), maxConcurrent: fc.integer({ min: 1, max: 4 }) },
            { requiredKeys: [] },
          ) as fc.Arbitrary<Partial<WorkflowSpec>>,
        })
        .map(({ options: optionsOf, fates, workflow }) => {
          const graph = buildGraph(dag);
          const place = new Map(Array.from(graph.order, (task, at) => [task, at]));
          const tasks = Array.from(graph.order, (task, at): TaskSpec => {
            const after = [...new Set(dag[task]?.needs)].map((need) => place.get(need) as number).sort((a, b) => a - b);
            return { id: `t${at}`, kind: "function", after, ...optionsOf[at] };
          });
          return { spec: { format: 1, name: "random", tasks, ...workflow }, fates };
        }),
    );
}

/** Plays the fates: what an attempt does depends on its task and the tries used, and on nothing else. */
export function createScript(fates: readonly TaskFate[]): Script {
  return (node: TaskNode): Outcome => {
    const fate = fates[node.parent?.index ?? node.index] as TaskFate;
    if (needsExpansion(node)) {
      if (fate.isSkipped) return { kind: "skipped" };
      return { kind: "expanded", items: fate.items.map(String), labels: null };
    }
    if (node.parent === null && fate.isSkipped) return { kind: "skipped" };
    const failuresMax = node.parent === null ? fate.failures : (fate.items[node.item] as number);
    return node.tries < failuresMax ? FAILED : { kind: "succeeded", output: `${node.index}` };
  };
}
