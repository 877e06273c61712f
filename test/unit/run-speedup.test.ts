import { expect, test } from "vitest";
import { measureSpeedup } from "../../src/views/run-speedup.ts";
import { simulateEagerMs, simulateLayersMs } from "../../src/views/simulate-schedule.ts";
import { buildSpecGraph } from "../../src/views/spec-graph.ts";
import { createSpec } from "../support/run-rows.ts";

test("the work of all attempts, the wall time and the window bound of the slots", () => {
  const spec = createSpec("merge", { a: [], b: [], c: [], merge: ["a", "b", "c"] });
  const work = [0, 1, 2, 3].map((index) => ({ index, parent: null, workMs: 1_000 }));
  expect(measureSpeedup(spec, work, 2_020, Number.POSITIVE_INFINITY)).toEqual({
    sequentialMs: 4_000,
    wallMs: 2_020,
    factor: 1.98,
    lowerBoundMs: 2_000,
  });
  expect(measureSpeedup(spec, work, 4_000, 1).lowerBoundMs).toBe(4_000);
  expect(measureSpeedup(spec, work, 4_000, 2).lowerBoundMs).toBe(2_500);
});

test("a map counts as its instances, which stand between its needs and what needs it", () => {
  const spec = createSpec("import", { fetch: [], each: ["fetch"], merge: ["each"] });
  const instances = Array.from({ length: 10 }, () => ({ index: 1, parent: 1, workMs: 100 }));
  const work = [
    { index: 0, parent: null, workMs: 50 },
    { index: 1, parent: null, workMs: 0 },
    { index: 2, parent: null, workMs: 50 },
    ...instances,
  ];
  expect(measureSpeedup(spec, work, 700, 2)).toMatchObject({ sequentialMs: 1_100, lowerBoundMs: 600 });
  expect(measureSpeedup(spec, work, 700, Number.POSITIVE_INFINITY).lowerBoundMs).toBe(200);
});

test("layers wait for their longest task, eager does not", () => {
  const graph = buildSpecGraph(createSpec("w", { slow: [], quick: [], after: ["quick"], last: ["slow", "after"] }));
  const durationsMs = [4_000, 1_000, 3_000, 1_000];
  expect(simulateEagerMs(graph, durationsMs, Number.POSITIVE_INFINITY)).toBe(5_000);
  expect(simulateLayersMs(graph, durationsMs, Number.POSITIVE_INFINITY)).toBe(8_000);
  expect(simulateEagerMs(graph, durationsMs, 1)).toBe(9_000);
  expect(simulateLayersMs(graph, durationsMs, 1)).toBe(9_000);
});
