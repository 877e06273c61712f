import { describe, expect, test } from "vitest";
import { LockstepError } from "../../src/core/errors.ts";
import { buildGraph, type GraphTask, listDependents, listLayer, listNeeds } from "../../src/core/graph.ts";

function named(shape: Record<string, readonly string[]>): GraphTask[] {
  const ids = Object.keys(shape);
  return ids.map((id) => ({ id, needs: (shape[id] ?? []).map((need) => ids.indexOf(need)) }));
}

function catchError(tasks: readonly GraphTask[]): LockstepError {
  try {
    buildGraph(tasks);
  } catch (error) {
    if (error instanceof LockstepError) return error;
    throw error;
  }
  throw new Error("expected buildGraph to throw");
}

describe("buildGraph", () => {
  test("three reads and a merge are two layers", () => {
    const graph = buildGraph(named({ read_a: [], read_b: [], read_c: [], merge: ["read_a", "read_b", "read_c"] }));
    expect([...graph.layer]).toEqual([0, 0, 0, 1]);
    expect(graph.layerCount).toBe(2);
    expect([...graph.layerStart]).toEqual([0, 3, 4]);
    expect([...graph.order]).toEqual([0, 1, 2, 3]);
    expect([...graph.height]).toEqual([2, 2, 2, 1]);
    expect([...listNeeds(graph, 3)]).toEqual([0, 1, 2]);
    expect([...listDependents(graph, 0)]).toEqual([3]);
    expect([...listLayer(graph, 0)]).toEqual([0, 1, 2]);
  });

  test("a task stands one layer after the latest of its needs, whatever the order of declaration", () => {
    const graph = buildGraph(named({ last: ["middle", "first"], middle: ["first"], first: [], alone: [] }));
    expect([...graph.layer]).toEqual([2, 1, 0, 0]);
    expect([...graph.order]).toEqual([2, 3, 1, 0]);
    expect([...graph.height]).toEqual([1, 2, 3, 1]);
  });

  test("a need that is given twice counts once", () => {
    const graph = buildGraph([
      { id: "a", needs: [] },
      { id: "b", needs: [0, 0, 0] },
    ]);
    expect(graph.edgeCount).toBe(1);
    expect([...graph.needs]).toEqual([0]);
    expect([...graph.dependents]).toEqual([1]);
  });

  test("no tasks are a graph without layers", () => {
    const graph = buildGraph([]);
    expect(graph).toMatchObject({ size: 0, edgeCount: 0, layerCount: 0 });
    expect([...graph.layerStart]).toEqual([0]);
  });

  test("an index outside the tasks is an error of programming", () => {
    expect(() => buildGraph([{ id: "a", needs: [1] }])).toThrow("assertion failed: task 0 needs index 1, of 1 tasks");
  });
});

describe("a cycle", () => {
  test("is named in the order of execution that was asked for", () => {
    const error = catchError(
      named({ lint: [], build: ["package", "lint"], test: ["build"], package: ["test"], ship: ["package"] }),
    );
    expect(error.code).toBe("cycle");
    expect(error.exitCode).toBe(2);
    expect(error.message).toBe("tasks wait for each other: build → test → package → build. Remove one needs.");
  });

  test("of one task says that it waits for itself", () => {
    expect(catchError(named({ a: ["a"] })).message).toBe('task "a" waits for itself. Remove "a" from its needs.');
  });

  test("of many tasks is cut in the middle", () => {
    const size = 50_000;
    const tasks = Array.from({ length: size }, (_, task) => ({ id: `t${task}`, needs: [(task + size - 1) % size] }));
    expect(catchError(tasks).message).toBe(
      "tasks wait for each other: t0 → t1 → t2 → t3 → t4 → t5 → t6 → t7 → t8 → t9 → (49989 more) → t49999 → t0. Remove one needs.",
    );
  });
});

describe("large graphs", () => {
  test("a chain of 100,000 tasks plans without recursion", () => {
    const size = 100_000;
    const graph = buildGraph(
      Array.from({ length: size }, (_, task) => ({ id: `t${task}`, needs: task === 0 ? [] : [task - 1] })),
    );
    expect(graph.layerCount).toBe(size);
    expect(graph.height[0]).toBe(size);
  });

  test("100,000 tasks in one layer between two others", () => {
    const width = 100_000;
    const middle = Array.from({ length: width }, (_, task) => ({ id: `m${task}`, needs: [0] }));
    const graph = buildGraph([
      { id: "first", needs: [] },
      ...middle,
      { id: "last", needs: middle.map((_, at) => at + 1) },
    ]);
    expect(graph.layerCount).toBe(3);
    expect(listLayer(graph, 1).length).toBe(width);
    expect(graph.edgeCount).toBe(2 * width);
  });

  test("two layers of 1,000 with 1,000,000 needs between them", () => {
    const all = Array.from({ length: 1_000 }, (_, task) => task);
    const graph = buildGraph([
      ...all.map((task) => ({ id: `a${task}`, needs: [] })),
      ...all.map((task) => ({ id: `b${task}`, needs: all })),
    ]);
    expect(graph.edgeCount).toBe(1_000_000);
    expect([...graph.layerStart]).toEqual([0, 1_000, 2_000]);
  });
});
