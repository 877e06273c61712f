import { expect, test } from "vitest";
import { ProgressLines, renderLayer } from "../../src/cli/progress-lines.ts";
import type { LayerProgress, TaskProgress } from "../../src/views/run-progress.ts";

const task = (id: string, status: TaskProgress["status"], finishedAt: number | null = null): TaskProgress => ({
  id,
  index: null,
  status,
  startedAt: status === "pending" ? null : 0,
  finishedAt,
});

function layerOf(layer: number, tasks: readonly TaskProgress[]): LayerProgress {
  const counts: Record<string, number> = {};
  for (const { status } of tasks) counts[status] = (counts[status] ?? 0) + 1;
  const isDone = tasks.every(({ status }) => status === "succeeded" || status === "failed" || status === "skipped");
  return { layer, counts, total: tasks.length, isDone, tasks };
}

function record(errorIsTerminal: boolean, width = 80) {
  const written: string[] = [];
  const output = {
    writeOut: () => {},
    writeError: (text: string) => void written.push(text),
    outIsTerminal: false,
    errorIsTerminal,
    width,
    color: false,
    unicode: true,
  };
  return { lines: new ProgressLines(output), written };
}

test("a layer shows each task with its sign and its seconds, or numbers where there are many", () => {
  const few = layerOf(0, [task("read_a", "succeeded", 1_000), task("read_b", "running"), task("read_c", "pending")]);
  expect(renderLayer(few, 2_000, { unicode: true })).toBe(" layer 0  ✓ read_a 1.0s   ▸ read_b 2.0s   · read_c");
  const many = { ...few, tasks: null, counts: { succeeded: 37, failed: 1, running: 8, pending: 950, ready: 4 } };
  expect(renderLayer(many, 0, { unicode: true })).toBe(" layer 0  ✓ 37   ✗ 1   ▸ 8   · 954");
  expect(renderLayer(many, 0, { unicode: false })).toBe(" layer 0  + 37   x 1   > 8   . 954");
});

test("outside a terminal a layer is written once, when it ends, without control codes", () => {
  const { lines, written } = record(false);
  lines.show([layerOf(0, [task("a", "running")]), layerOf(1, [task("b", "pending")])], 500);
  expect(written).toEqual([]);
  lines.show([layerOf(0, [task("a", "succeeded", 1_000)]), layerOf(1, [task("b", "running")])], 1_500);
  lines.show([layerOf(0, [task("a", "succeeded", 1_000)]), layerOf(1, [task("b", "skipped")])], 1_500);
  lines.end();
  expect(written).toEqual([" layer 0  ✓ a 1.0s\n", " layer 1  – b\n"]);
});

test("in a terminal the open layers are drawn again in place, never wider than the terminal", () => {
  const { lines, written } = record(true, 20);
  const long = "a_task_with_a_long_name";
  lines.show([layerOf(0, [task(long, "running")])], 500);
  lines.show([layerOf(0, [task(long, "succeeded", 1_000)])], 1_000);
  expect(written).toEqual([" layer 0  ▸ a_task…\n", "\u001b[1A\u001b[J layer 0  ✓ a_task…\n"]);
});

test("a run of many layers is told as one number", () => {
  const { lines, written } = record(false);
  const layers = Array.from({ length: 100 }, (_, at) => layerOf(at, [task("t", at < 55 ? "succeeded" : "pending", 1)]));
  lines.show(layers, 0);
  lines.show(layers, 0);
  expect(written).toEqual([" layer 55 of 100  55/100 tasks\n"]);
});

test("tasks that do not fit into the terminal are counted: cut off, those that run or failed would not be seen", () => {
  const { lines, written } = record(true, 40);
  const names = ["import_a", "import_b", "import_c"];
  lines.show(
    [layerOf(0, [...names.map((name) => task(name, "succeeded", 1_000)), task("import_d", "running")])],
    1_500,
  );
  lines.show(
    [layerOf(0, [...names.map((name) => task(name, "succeeded", 1_000)), task("import_d", "failed", 2_000)])],
    2_000,
  );
  expect(written).toEqual([" layer 0  ✓ 3   ▸ 1\n", "\u001b[1A\u001b[J layer 0  ✓ 3   ✗ 1\n"]);
});
