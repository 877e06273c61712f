import { expect, test } from "vitest";
import { buildGraph } from "../../src/core/graph.ts";
import { computeRanks } from "../../src/core/rank.ts";

/** short alone; long → after → last; wide → last. */
const GRAPH = buildGraph([
  { id: "short", needs: [] },
  { id: "wide", needs: [] },
  { id: "long", needs: [] },
  { id: "after", needs: [2] },
  { id: "last", needs: [3, 1] },
]);

test("without history the deepest goes first, then what was declared first", () => {
  expect([...computeRanks(GRAPH)]).toEqual([3, 1, 0, 2, 4]);
});

test("with medians the longest remaining time goes first", () => {
  expect([...computeRanks(GRAPH, [90, 5, 10, 10, 10])]).toEqual([0, 3, 1, 2, 4]);
});

test("a task without a median counts as the average of the known ones", () => {
  expect([...computeRanks(GRAPH, [60, undefined, undefined, undefined, 10])]).toEqual([1, 2, 0, 3, 4]);
});

test("no tasks have no ranks", () => {
  expect([...computeRanks(buildGraph([]))]).toEqual([]);
});
