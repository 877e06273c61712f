import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { WorkflowSpec } from "../../src/core/workflow-spec.ts";
import { systemClock } from "../../src/platform/clock.ts";
import { createWorkerRunner } from "../../src/runners/worker-runner.ts";
import { createAssignment, NEVER } from "../support/assignments.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";
import { waitUntil } from "../support/wait-until.ts";

/** Which worker an attempt goes to: one that has loaded its file, where there is one. */

const LIBRARY = join(import.meta.dirname, "../../src/definition/workflow.ts");

let workers: ReturnType<typeof createWorkerRunner>;
beforeEach(() => {
  workers = createWorkerRunner({ clock: systemClock, cores: 3, engineUid: "test-choice" });
});
afterEach(() => workers.runner.close());

/** A file with one workflow, loaded by a worker of its own; the function runs its only task and returns the output. */
async function describe(name: string, body: string, head = ""): Promise<() => Promise<unknown>> {
  const file = join(createTemporaryFolder(), `${name}.mjs`);
  const text = `import { workflow } from ${JSON.stringify(LIBRARY)};
${head}
const wf = workflow("${name}");
wf.task("only", () => { ${body} });
export default wf;
`;
  writeFileSync(file, text);
  const described = await workers.host.describeModule(file);
  if (!described.ok) throw new Error(described.error.message);
  const { specJson, definitionHash } = described.description;
  const spec = JSON.parse(specJson) as WorkflowSpec;
  return async () => {
    const outcome = await workers.runner.execute(createAssignment(spec, { definitionHash }), NEVER);
    if (outcome.kind !== "succeeded") throw new Error(JSON.stringify(outcome));
    return JSON.parse(outcome.output ?? "null");
  };
}

test("an attempt goes to the worker that has loaded its file, whichever else has nothing to do", async () => {
  const runFirst = await describe("first", "return process.pid;");
  const runSecond = await describe("second", "return process.pid;");
  const pids = { first: new Set(), second: new Set() };
  for (let at = 0; at < 3; at += 1) {
    pids.second.add(await runSecond());
    pids.first.add(await runFirst());
  }
  const [first, second] = [[...pids.first], [...pids.second]];
  expect(first).toHaveLength(1);
  expect(second).toHaveLength(1);
  expect(first).not.toEqual(second);
});

test("computations that keep a worker busy get as many others as there are processors, at once", async () => {
  const compute = "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_000); return process.pid;";
  const runSlow = await describe("slow", compute);
  const outcomes = Promise.all(Array.from({ length: 5 }, runSlow));
  await waitUntil(() => workers.host.listPids().length > 1, "another worker was started");
  expect(workers.host.listPids()).toHaveLength(3);
  expect(new Set(await outcomes).size).toBe(3);
});

test("an attempt that waits until another worker has loaded its file holds up nobody else's", async () => {
  const compute = "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_500); return process.pid;";
  const runSlow = await describe("slow", compute, "await new Promise((resolve) => setTimeout(resolve, 400));");
  const runQuick = await describe("quick", "return process.pid;");
  const order: string[] = [];
  const note = (name: string) => (pid: unknown) => {
    order.push(name);
    return pid;
  };
  const [slow, again, quick] = await Promise.all([
    runSlow().then(note("slow")),
    runSlow().then(note("again")),
    runQuick().then(note("quick")),
  ]);
  expect(order[0]).toBe("quick");
  expect(again).toBe(quick); // it was computed beside the first one, once the other worker had loaded the file
  expect(slow).not.toBe(again);
});
