import { expect, test } from "vitest";
import { findClosest } from "../../src/core/did-you-mean.ts";

const TASK_KEYS = ["run", "exec", "http", "needs", "after", "timeout", "maxConcurrent", "allowFailure", "retry", "if"];

test.each([
  ["need", "needs"],
  ["nedes", "needs"],
  ["rnu", "run"],
  ["timout", "timeout"],
  ["retrys", "retry"],
  ["max_concurrent", "maxConcurrent"],
  ["max-concurrency", "maxConcurrent"],
  ["MAXCONCURRENT", "maxConcurrent"],
  ["exce", "exec"],
])("%s stands for %s", (word, meant) => {
  expect(findClosest(word, TASK_KEYS)).toBe(meant);
});

test.each(["banana", "", "x", "go", "z".repeat(65)])("%s stands for nothing known", (word) => {
  expect(findClosest(word, TASK_KEYS)).toBeUndefined();
});

test("a swap of neighbors counts once", () => {
  expect(findClosest("bakcup", ["restore", "backup"])).toBe("backup");
});

test("of equally close candidates the first is taken, and the closest before it", () => {
  expect(findClosest("tast", ["task", "test"])).toBe("task");
  expect(findClosest("read_c", ["read_a", "read_b", "read-c"])).toBe("read-c");
});

test("no candidates are no answer", () => {
  expect(findClosest("need", [])).toBeUndefined();
});
