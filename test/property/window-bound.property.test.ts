import fc from "fast-check";
import { expect, test } from "vitest";
import { computeHeads, computeTails, findCriticalPath } from "../../src/core/critical-path.ts";
import { buildGraph, type Graph, listNeeds } from "../../src/core/graph.ts";
import { computeLowerBoundMs } from "../../src/core/window-bound.ts";
import { simulateListSchedule } from "../support/list-schedule.ts";
import { arbitraryDag } from "../support/random-dag.ts";

const TOLERANCE = 1e-9;

function arbitraryWork(sizeMax: number): fc.Arbitrary<{ graph: Graph; durations: number[]; slots: number }> {
  return arbitraryDag({ sizeMax }).chain((tasks) =>
    fc.record({
      graph: fc.constant(buildGraph(tasks)),
      durations: fc.array(fc.oneof(fc.nat(9), fc.nat(1_000)), { minLength: tasks.length, maxLength: tasks.length }),
      slots: fc.integer({ min: 1, max: 5 }),
    }),
  );
}

function computeBoundByDefinition(graph: Graph, durations: readonly number[], slots: number): number {
  const heads = [...computeHeads(graph, durations)];
  const tails = [...computeTails(graph, durations)];
  let bound = Math.max(0, ...durations.map((each, task) => (heads[task] as number) + each + (tails[task] as number)));
  for (const a of heads) {
    for (const b of tails) {
      const inside = durations.filter((_, task) => (heads[task] as number) >= a && (tails[task] as number) >= b);
      if (inside.length > 0) bound = Math.max(bound, a + inside.reduce((sum, each) => sum + each, 0) / slots + b);
    }
  }
  return bound;
}

test("the bound is the window bound of its definition", () => {
  fc.assert(
    fc.property(arbitraryWork(14), ({ graph, durations, slots }) => {
      expect(computeLowerBoundMs(graph, durations, slots)).toBeCloseTo(
        computeBoundByDefinition(graph, durations, slots),
        6,
      );
    }),
    { numRuns: 500 },
  );
});

test("no greedy schedule beats the bound", () => {
  fc.assert(
    fc.property(arbitraryWork(24), ({ graph, durations, slots }) => {
      const makespan = simulateListSchedule(graph, durations, slots);
      expect(computeLowerBoundMs(graph, durations, slots)).toBeLessThanOrEqual(makespan + TOLERANCE);
    }),
    { numRuns: 500 },
  );
});

test("with a slot for every task the bound is the critical path, and it is reached", () => {
  fc.assert(
    fc.property(arbitraryWork(20), ({ graph, durations }) => {
      const path = findCriticalPath(graph, durations);
      const length = path.reduce((sum, task) => sum + (durations[task] as number), 0);
      expect(computeLowerBoundMs(graph, durations, Number.POSITIVE_INFINITY)).toBe(length);
      expect(simulateListSchedule(graph, durations, Math.max(1, graph.size))).toBe(length);
      for (let at = 1; at < path.length; at++) {
        expect([...listNeeds(graph, path[at] as number)]).toContain(path[at - 1]);
      }
    }),
  );
});
