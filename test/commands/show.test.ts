import { expect, test } from "vitest";
import { createProject } from "../support/command-project.ts";
import { createSpec, insertAttempt, insertInstances, insertRunRows } from "../support/run-rows.ts";

const MERGE = createSpec("merge-configs", {
  read_a: [],
  read_b: [],
  read_c: [],
  merge: ["read_a", "read_b", "read_c"],
});

test("show --json has the whole run in the documented shape", async () => {
  const { store, call } = await createProject();
  insertRunRows(store, MERGE, { input: '{"dir":"conf"}', tasks: { merge: { output: '{"port":8080}' } } });
  const { exitCode, json } = await call("show", "1", "--json");
  expect(exitCode).toBe(0);
  const run = json();
  expect(run).toMatchObject({
    run: 1,
    key: "uid-0",
    workflow: "merge-configs",
    status: "succeeded",
    input: { dir: "conf" },
    result: { port: 8080 },
    strategy: "layers",
    maxConcurrent: null,
    currentLayer: 1,
    layers: [["read_a", "read_b", "read_c"], ["merge"]],
    checkpoints: [],
    speedup: { sequentialMs: 4_000, wallMs: 2_000, factor: 2, lowerBoundMs: 2_000 },
    createdAt: "2026-11-24T02:30:00.000Z",
    startedAt: "2026-11-24T02:30:00.000Z",
    finishedAt: "2026-11-24T02:30:02.000Z",
  });
  expect(run.tasks[3]).toEqual({
    id: "merge",
    index: null,
    label: null,
    layer: 1,
    status: "succeeded",
    reason: null,
    attempt: 1,
    child: null,
    attempts: [
      {
        number: 1,
        generation: 0,
        status: "succeeded",
        error: null,
        startedAt: "2026-11-24T02:30:01.000Z",
        finishedAt: "2026-11-24T02:30:02.000Z",
        durationMs: 1_000,
      },
    ],
    output: { port: 8080 },
    error: null,
    wakeAt: null,
    waitsFor: null,
    startedAt: "2026-11-24T02:30:01.000Z",
    finishedAt: "2026-11-24T02:30:02.000Z",
  });
});

test("show prints the tasks, the times and the result", async () => {
  const { store, call } = await createProject();
  insertRunRows(store, MERGE, { tasks: { merge: { output: '{"port":8080}' } } });
  const { out } = await call("show", "@last");
  expect(out).toContain("merge-configs #1   2 layers, 4 tasks, full parallel        state .lockstep/lockstep.db\n");
  expect(out).toContain("succeeded in 2.0 s · one by one 4.0 s · 2.0× faster · 1.00× the lower bound\n");
  expect(out).toContain('result   {"port":8080}\n');
});

test("the instances of a map follow it, in the order of the list, with their labels", async () => {
  const { store, call } = await createProject();
  const spec = createSpec(
    "import",
    { fetch: [], process: ["fetch"], merge: ["process"] },
    { of: { process: { map: {} } } },
  );
  insertRunRows(store, spec, {
    status: "failed",
    tasks: { process: { status: "failed" }, merge: { status: "skipped", reason: "upstream_failed" } },
  });
  insertInstances(store, 1, 1, [{}, { status: "failed" }, {}], ["ann", "bob", "cy"]);
  insertAttempt(store, 1, 4, { error: '{"name":"Error","message":"HTTP 429"}' });
  const { out } = await call("show", "1", "--json");
  const run = JSON.parse(out);
  expect(
    run.tasks.map((task: { id: string; index: number; label: string }) => [task.id, task.index, task.label]),
  ).toEqual([
    ["fetch", null, null],
    ["process", null, null],
    ["process", 0, "ann"],
    ["process", 1, "bob"],
    ["process", 2, "cy"],
    ["merge", null, null],
  ]);
  expect(run.tasks[3]).toMatchObject({ error: { message: "HTTP 429" }, attempts: [{ status: "failed" }] });
  expect((await call("show", "1")).out).toContain(
    "process[1]: HTTP 429\nRun the failed part again: lockstep retry 1\n",
  );
});

test("a run that is not there: exit 4, and the file that was read is named", async () => {
  const { store, call } = await createProject();
  const none = await call("show", "7");
  expect(none).toMatchObject({
    exitCode: 4,
    out: "",
    error: "No run #7: there are no runs yet in .lockstep/lockstep.db.\n",
  });
  insertRunRows(store, MERGE);
  const { exitCode, json } = await call("show", "7", "--json");
  expect(exitCode).toBe(4);
  expect(json()).toEqual({
    error: {
      code: "not_found",
      message: "No run #7 in .lockstep/lockstep.db. The newest is #1.",
      hint: "All: lockstep runs",
    },
  });
});

test("what is no run at all is wrong use", async () => {
  const { call } = await createProject();
  expect(await call("show", "abc")).toMatchObject({
    exitCode: 2,
    error: '"abc" is not a run. Expected its number, such as 412, #412 or @last.\n',
  });
  expect(await call("show", "412.1")).toMatchObject({
    exitCode: 2,
    error: "412.1 is a checkpoint. Expected a run: 412\n",
  });
});

test("outputs, errors and names cannot control the terminal", async () => {
  const { store, call } = await createProject();
  const evil = "\u001b]52;c;aGk=\u0007 \u202e\u009b31m";
  insertRunRows(store, MERGE, { reason: evil, status: "canceled", input: JSON.stringify({ evil }) });
  for (const argv of [["show", "1"], ["show", "1", "--json"], ["runs"], ["why", "1"]]) {
    const { out } = await call(...argv);
    for (const sign of ["\u001b", "\u0007", "\u202e", "\u009b"]) expect(out).not.toContain(sign);
  }
  expect((await call("show", "1", "--json")).json().input.evil).toBe(evil);
});
