import { describe, expect, test } from "vitest";
import { computeHeads, computeTails, findCriticalPath } from "../../src/core/critical-path.ts";
import { buildGraph } from "../../src/core/graph.ts";
import { computeLowerBoundMs } from "../../src/core/window-bound.ts";

/** a → c, b → c, c → d, and e alone. */
const GRAPH = buildGraph([
  { id: "a", needs: [] },
  { id: "b", needs: [] },
  { id: "c", needs: [0, 1] },
  { id: "d", needs: [2] },
  { id: "e", needs: [] },
]);

describe("critical path", () => {
  test("counts tasks where there are no durations, and takes what was declared first", () => {
    expect(findCriticalPath(GRAPH)).toEqual([0, 2, 3]);
  });

  test("follows the durations", () => {
    expect(findCriticalPath(GRAPH, [1, 5, 1, 1, 2])).toEqual([1, 2, 3]);
    expect(findCriticalPath(GRAPH, [1, 5, 1, 1, 20])).toEqual([4]);
  });

  test("heads end before the task, tails begin after it", () => {
    expect([...computeHeads(GRAPH, [1, 5, 2, 3, 9])]).toEqual([0, 0, 5, 7, 0]);
    expect([...computeTails(GRAPH, [1, 5, 2, 3, 9])]).toEqual([5, 5, 3, 0, 0]);
  });

  test("of no tasks is empty", () => {
    expect(findCriticalPath(buildGraph([]))).toEqual([]);
  });
});

describe("computeLowerBoundMs", () => {
  test("three equal tasks and a merge take two steps in full parallel, four one by one", () => {
    const graph = buildGraph([
      { id: "a", needs: [] },
      { id: "b", needs: [] },
      { id: "c", needs: [] },
      { id: "merge", needs: [0, 1, 2] },
    ]);
    const durations = [1_000, 1_000, 1_000, 1_000];
    expect(computeLowerBoundMs(graph, durations, Number.POSITIVE_INFINITY)).toBe(2_000);
    expect(computeLowerBoundMs(graph, durations, 3)).toBe(2_000);
    expect(computeLowerBoundMs(graph, durations, 2)).toBe(2_500);
    expect(computeLowerBoundMs(graph, durations, 1)).toBe(4_000);
  });

  test("a wide middle between two long ends is bounded by the window, not by work over slots", () => {
    const middle = Array.from({ length: 8 }, (_, at) => ({ id: `m${at}`, needs: [0] }));
    const graph = buildGraph([
      { id: "first", needs: [] },
      ...middle,
      { id: "last", needs: middle.map((_, at) => at + 1) },
    ]);
    const durations = [10, ...middle.map(() => 1), 10];
    expect(computeLowerBoundMs(graph, durations, 2)).toBe(10 + 8 / 2 + 10);
  });

  test("no tasks take no time", () => {
    expect(computeLowerBoundMs(buildGraph([]), [], 4)).toBe(0);
  });

  test("less than one slot is an error of programming", () => {
    expect(() => computeLowerBoundMs(GRAPH, [1, 1, 1, 1, 1], 0)).toThrow("assertion failed");
  });

  test("100,000 tasks with different durations have a bound", () => {
    const size = 100_000;
    const graph = buildGraph(
      Array.from({ length: size }, (_, task) => ({
        id: `t${task}`,
        needs: task < 1_000 ? [] : [task - 1_000, (task * 7) % (task - 500)],
      })),
    );
    const durations = Float64Array.from({ length: size }, (_, task) => 1 + ((task * 7_919) % 997));
    const work = durations.reduce((sum, each) => sum + each, 0);
    expect(computeLowerBoundMs(graph, durations, 16)).toBeGreaterThanOrEqual(work / 16);
  });
});
