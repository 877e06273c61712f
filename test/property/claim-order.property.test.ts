import fc from "fast-check";
import { expect, test } from "vitest";
import { computeTails } from "../../src/core/critical-path.ts";
import { buildGraph } from "../../src/core/graph.ts";
import { computeRanks } from "../../src/core/rank.ts";
import { ReadyHeap } from "../../src/core/ready-heap.ts";
import { arbitraryDag } from "../support/random-dag.ts";

test("ranks are a permutation in the order of remaining path, then declaration", () => {
  fc.assert(
    fc.property(
      arbitraryDag({ sizeMax: 30 }),
      fc.array(fc.nat(50), { minLength: 30, maxLength: 30 }),
      fc.boolean(),
      (tasks, ms, known) => {
        const graph = buildGraph(tasks);
        const durations = known ? ms.slice(0, graph.size) : tasks.map(() => 1);
        const remaining = [...computeTails(graph, durations)].map((tail, task) => tail + (durations[task] as number));
        const expected = tasks
          .map((_, task) => task)
          .sort((one, other) => (remaining[other] as number) - (remaining[one] as number) || one - other);
        const rank = computeRanks(graph, known ? durations : []);
        expect(expected.map((task) => rank[task])).toEqual(expected.map((_, place) => place));
      },
    ),
  );
});

test("the heap gives back what a sorted list would, however pushes and pops are mixed", () => {
  const operations = fc.array(fc.oneof(fc.constant("pop" as const), fc.constant("push" as const)), { maxLength: 200 });
  const ranks = fc.shuffledSubarray(
    Array.from({ length: 200 }, (_, rank) => rank),
    { minLength: 200, maxLength: 200 },
  );
  fc.assert(
    fc.property(ranks, operations, (rank, steps) => {
      const heap = new ReadyHeap(Int32Array.from(rank));
      let model: number[] = [];
      steps.forEach((step, task) => {
        if (step === "push") {
          heap.push(task);
          model = [...model, task].sort((one, other) => (rank[one] as number) - (rank[other] as number));
        } else {
          expect(heap.pop()).toBe(model.shift());
        }
        expect(heap.size).toBe(model.length);
        expect(heap.peek()).toBe(model[0]);
      });
      heap.clear();
      expect(heap.pop()).toBeUndefined();
    }),
  );
});
