import fc from "fast-check";
import { expect, test } from "vitest";
import { buildGraph, type GraphTask, listDependents, listLayer, listNeeds } from "../../src/core/graph.ts";
import { arbitraryDag } from "../support/random-dag.ts";

/** The definition itself, by recursion: 1 + the highest layer among the needs. */
function layerByDefinition(tasks: readonly GraphTask[], task: number): number {
  return Math.max(0, ...(tasks[task]?.needs ?? []).map((need) => 1 + layerByDefinition(tasks, need)));
}

function heightByDefinition(tasks: readonly GraphTask[], task: number): number {
  const dependents = tasks.flatMap((each, at) => (each.needs.includes(task) ? [at] : []));
  return 1 + Math.max(0, ...dependents.map((dependent) => heightByDefinition(tasks, dependent)));
}

test("every need stands in an earlier layer than the task that needs it", () => {
  fc.assert(
    fc.property(arbitraryDag({ sizeMax: 60 }), (tasks) => {
      const graph = buildGraph(tasks);
      tasks.forEach((each, task) => {
        for (const need of each.needs) expect(graph.layer[need]).toBeLessThan(graph.layer[task] as number);
      });
    }),
  );
});

test("layers and heights are the longest paths of their definition", () => {
  fc.assert(
    fc.property(arbitraryDag(), (tasks) => {
      const graph = buildGraph(tasks);
      expect([...graph.layer]).toEqual(tasks.map((_, task) => layerByDefinition(tasks, task)));
      expect([...graph.height]).toEqual(tasks.map((_, task) => heightByDefinition(tasks, task)));
    }),
  );
});

test("layers hold every task once, in the order of declaration", () => {
  fc.assert(
    fc.property(arbitraryDag({ sizeMax: 40 }), (tasks) => {
      const graph = buildGraph(tasks);
      const layers = Array.from({ length: graph.layerCount }, (_, layer) => [...listLayer(graph, layer)]);
      for (const tasksOfLayer of layers) {
        expect(tasksOfLayer.length).toBeGreaterThan(0);
        expect(tasksOfLayer).toEqual(tasksOfLayer.toSorted((one, other) => one - other));
      }
      expect(layers.flat().toSorted((one, other) => one - other)).toEqual(tasks.map((_, task) => task));
    }),
  );
});

test("needs and dependents are the same edges, each once", () => {
  fc.assert(
    fc.property(arbitraryDag({ sizeMax: 40 }), (tasks) => {
      const graph = buildGraph(tasks);
      const byNeeds = tasks.flatMap((_, task) => [...listNeeds(graph, task)].map((need) => `${need}>${task}`));
      const byDependents = tasks.flatMap((_, task) => [...listDependents(graph, task)].map((to) => `${task}>${to}`));
      expect(new Set(byNeeds).size).toBe(byNeeds.length);
      expect(byDependents.toSorted()).toEqual(byNeeds.toSorted());
      expect(new Set(byNeeds)).toEqual(
        new Set(tasks.flatMap((each, task) => each.needs.map((need) => `${need}>${task}`))),
      );
    }),
  );
});

test("an edge back to an ancestor is refused, and the message names a real cycle", () => {
  fc.assert(
    fc.property(arbitraryDag({ sizeMax: 20 }), fc.nat(), fc.nat(), (dag, pick, length) => {
      fc.pre(dag.length > 0);
      const tasks = dag.map((each) => ({ ...each, needs: [...each.needs] }));
      const last = pick % tasks.length;
      let first = last;
      for (let step = 0; step < length % 5; step++) first = tasks[first]?.needs[0] ?? first;
      tasks[first]?.needs.push(last);
      const message = getMessage(() => buildGraph(tasks));
      const path = /each other: (.*)\. Remove/.exec(message)?.[1]?.split(" → ") ?? [];
      if (first === last) expect(message).toContain(`"t${first}" waits for itself`);
      else expect(path.length).toBeGreaterThan(2);
      for (let at = 1; at < path.length; at++) {
        const need = Number(path[at - 1]?.slice(1));
        expect(tasks[Number(path[at]?.slice(1))]?.needs).toContain(need);
      }
    }),
  );
});

function getMessage(fn: () => unknown): string {
  try {
    fn();
  } catch (error) {
    if (error instanceof Error) return error.message;
  }
  throw new Error("expected an error");
}
