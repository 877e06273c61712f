import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createProject, type Project } from "../support/command-project.ts";
import { createSpec, insertRunRows } from "../support/run-rows.ts";

const MERGE = `
tasks:
  read_a: { exec: [cat, a.json], output: json }
  read_b: { exec: [cat, b.json], output: json }
  each: { needs: [read_b], map: "\${{ needs.read_b }}", exec: [echo, "\${{ item }}"] }
  merge: { needs: [read_a, each], run: ": done" }
`;

function writeWorkflow({ folder }: Project, text = MERGE, name = "merge.yaml"): string {
  writeFileSync(join(folder, name), text);
  return name;
}

test("plan shows layers, widths and the critical path", async () => {
  const project = await createProject();
  const { exitCode, out } = await project.call("plan", writeWorkflow(project));
  expect(exitCode).toBe(0);
  expect(out).toBe(
    [
      "merge   3 layers, 4 tasks, full parallel",
      "L0 read_a read_b (2)",
      "L1 each[…] (1)",
      "L2 merge (1)",
      "critical path  read_b → each → merge",
      "expected       no earlier runs",
      "layers cost    nothing against eager, if all tasks last equally long",
      "",
    ].join("\n"),
  );
});

test("plan --json has the documented shape", async () => {
  const project = await createProject();
  const { json } = await project.call("plan", writeWorkflow(project), "--json");
  expect(json()).toMatchObject({
    workflow: "merge",
    tasks: 4,
    layers: [["read_a", "read_b"], ["each"], ["merge"]],
    widths: [2, 1, 1],
    criticalPath: ["read_b", "each", "merge"],
    mapTasks: ["each"],
  });
});

test("expected times come from earlier runs, and show what layers cost against eager", async () => {
  const project = await createProject();
  const spec = createSpec("merge", { read_a: [], read_b: [], each: ["read_b"], merge: ["read_a", "each"] });
  const took = (ms: number) => ({ startedAt: 0, finishedAt: ms });
  insertRunRows(project.store, spec, {
    tasks: { read_a: took(4_000), read_b: took(1_000), each: took(3_000), merge: took(1_000) },
  });
  const { out } = await project.call("plan", writeWorkflow(project));
  expect(out).toContain("expected       8.0 s, critical path 5.0 s (medians of earlier runs)\n");
  expect(out).toContain("layers cost    +60 % against eager (8.0 s instead of 5.0 s)\n");
});

test("plan --mermaid prints a flowchart", async () => {
  const project = await createProject();
  const { out } = await project.call("plan", writeWorkflow(project), "--mermaid");
  expect(out).toMatch(/^flowchart LR\n/);
});

test("a mistyped name: the closest one, and where it was looked for", async () => {
  const project = await createProject();
  writeFileSync(join(project.folder, "lockstep.config.yaml"), "workflows: .\n");
  writeWorkflow(project, MERGE, "backup.yaml");
  expect(await project.call("plan", "bakcup")).toMatchObject({
    exitCode: 4,
    error: `No workflow "bakcup". Did you mean "backup"? (looked in ${project.folder}/; a file needs its path: ./bakcup.yaml)\n`,
  });
});

test("a mistake in a file is told with its place", async () => {
  const project = await createProject();
  const file = writeWorkflow(
    project,
    "tasks:\n  dump: { run: ': ok' }\n  verify:\n    need: [dump]\n    run: ': ok'\n",
  );
  const { exitCode, error } = await project.call("plan", file);
  expect(exitCode).toBe(2);
  expect(error).toBe('merge.yaml:4:5  unknown key "need" in task "verify". Did you mean "needs"?\n');
  const { json } = await project.call("plan", file, "--json");
  expect(json().error).toMatchObject({ file: "merge.yaml", line: 4, column: 5, hint: null });
});

test("a chain of 10,000 and a layer of 100,000 plan in about a second", async () => {
  const { planWorkflow } = await import("../../src/views/plan-workflow.ts");
  const chain = createSpec("chain", {}, { tasks: makeTasks(10_000, (at) => (at === 0 ? [] : [at - 1])) });
  const layer = createSpec("layer", {}, { tasks: makeTasks(100_000, () => []) });
  const startedAt = performance.now();
  expect(planWorkflow(chain).layers).toHaveLength(10_000);
  expect(planWorkflow(layer, new Map(), 8).widths).toEqual([100_000]);
  expect(performance.now() - startedAt).toBeLessThan(3_000);
});

function makeTasks(count: number, needsOf: (at: number) => number[]) {
  return Array.from({ length: count }, (_, at) => ({ id: `t${at}`, kind: "function" as const, after: needsOf(at) }));
}
