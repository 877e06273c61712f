import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { event } from "../../src/store/schema.ts";
import { callLockstep } from "../support/command-line.ts";
import { createProject, type Project } from "../support/command-project.ts";
import { CREATED_AT, createSpec, insertAttempt, insertInstances, insertRunRows } from "../support/run-rows.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";

const CHAIN = createSpec("import", { fetch: [], clean: ["fetch"], merge: ["clean"] });

test("runs lists the newest first and pages by number", async () => {
  const { store, call } = await createProject();
  for (let at = 0; at < 4; at += 1) insertRunRows(store, CHAIN, { createdAt: CREATED_AT + at });
  insertRunRows(store, CHAIN, {
    status: "failed",
    tasks: { clean: { status: "failed" }, merge: { status: "skipped" } },
  });
  const { out } = await call("runs", "--limit", "2");
  const [head, first, second, more] = out.split("\n");
  expect(head).toMatch(/^RUN {2}WORKFLOW {2}STATUS/);
  expect(first).toMatch(/^ {2}5 {2}import {4}failed .* L2 1\/3 .* lockstep retry 5$/);
  expect(second).toMatch(/^ {2}4 {2}import {4}succeeded .* L2 3\/3 /);
  expect(more).toBe("… older ones: lockstep runs --limit 10");
});

test("runs is filtered by status, workflow, label and age", async () => {
  const { store, call } = await createProject();
  insertRunRows(store, CHAIN, { labels: '{"team":"ops"}', createdAt: Date.now() });
  insertRunRows(store, createSpec("other", { a: [] }), { status: "queued", startedAt: null });
  const numbers = async (...argv: string[]) =>
    (await call("runs", "--json", ...argv)).json().map((run: { run: number }) => run.run);
  expect(await numbers()).toEqual([2, 1]);
  expect(await numbers("--status", "queued,paused")).toEqual([2]);
  expect(await numbers("--workflow", "import")).toEqual([1]);
  expect(await numbers("--label", "team=ops")).toEqual([1]);
  expect(await numbers("--label", "team=dev")).toEqual([]);
  expect(await numbers("--since", "1h")).toEqual([1]);
  expect((await call("runs", "--workflow", "none")).out).toBe(
    "No runs in .lockstep/lockstep.db are like that. All: lockstep runs\n",
  );
  expect((await call("runs", "--status", "faild")).error).toMatch(/found "faild"\. Did you mean "failed"\?\n$/);
});

test("runs --json has the shape of show without its tasks", async () => {
  const { store, call } = await createProject();
  insertRunRows(store, CHAIN);
  const [line] = (await call("runs", "--json")).json();
  const { tasks, ...shown } = (await call("show", "1", "--json")).json();
  expect(tasks).toHaveLength(3);
  expect(line).toEqual(shown);
});

test("an empty state names the file that was looked for, and creates none", async () => {
  const folder = createTemporaryFolder();
  const { exitCode, out } = await callLockstep(folder, ["runs"]);
  expect(out).toBe("No runs yet in .local/state/lockstep/lockstep.db. Start one: lockstep run FILE\n");
  expect(exitCode).toBe(0);
  expect((await callLockstep(folder, ["runs", "--db", "x.db"])).out).toContain("No runs yet in x.db.");
  expect((await callLockstep(folder, ["runs"], { env: { LOCKSTEP_DB: "y.db" } })).out).toContain("in y.db.");
  expect((await callLockstep(folder, ["--db", "z.db", "runs"])).out).toContain("in z.db.");
});

test("why says what a pending task waits for", async () => {
  const { store, call } = await createProject();
  insertRunRows(store, CHAIN, {
    status: "paused",
    layer: 0,
    tasks: { fetch: { status: "ready" }, clean: { status: "pending" }, merge: { status: "pending" } },
  });
  expect((await call("why", "1", "merge")).out).toBe("#1 import merge waits for clean (pending)\n");
  expect((await call("why", "1", "fetch")).out).toBe(
    "#1 import fetch is ready, but the run is paused: lockstep resume 1\n",
  );
  expect((await call("why", "1", "mrge")).error).toBe('Run #1 (import) has no task "mrge". Did you mean "merge"?\n');
});

test("why says at which attempt a task succeeded, and what went wrong before", async () => {
  const { store, call } = await createProject();
  insertRunRows(store, CHAIN, { tasks: { fetch: { attempt: 3 } } });
  insertAttempt(store, 1, 0, { number: 1, error: '{"name":"Error","message":"HTTP 503"}' });
  insertAttempt(store, 1, 0, { number: 2, status: "interrupted" });
  const { json, out } = await call("why", "1", "fetch", "--json");
  expect(out.endsWith("\n")).toBe(true);
  expect(json().tasks[0].because).toEqual([
    "succeeded at attempt 3",
    "attempt 1 failed: HTTP 503",
    "attempt 2 was interrupted and ran again, without using up a retry",
  ]);
});

function writeLog({ folder }: Project, name: string, lines: readonly string[]): void {
  const path = join(folder, ".lockstep/logs/1", name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, lines.map((line) => `${line}\n`).join(""));
}

test("logs prints what was captured, by task, attempt and instance", async () => {
  const project = await createProject();
  const { store, call } = project;
  insertRunRows(store, createSpec("import", { fetch: [], each: ["fetch"] }, { of: { each: { map: {} } } }));
  insertInstances(store, 1, 1, [{}, {}]);
  writeLog(project, "fetch.0.1.log", ["1700000000000 o first \u001b[31mred", "1700000000001 e warning"]);
  writeLog(project, "fetch.0.2.log", ["1700000000002 o second", "1700000000003 x 4096", "170000"]);
  writeLog(project, "each.1.0.1.log", ["1700000000004 o of one"]);
  expect((await call("logs", "1", "fetch")).out).toBe(
    "first \\x1b[31mred\nwarning\nsecond\n… 4096 bytes were cut out here …\n",
  );
  expect((await call("logs", "1", "fetch", "--attempt", "2")).out).toContain("second\n");
  expect((await call("logs", "1")).out).toContain("each[1] | of one\nfetch | first");
  expect((await call("logs", "1", "each[1]", "--follow", "--json")).json()).toEqual({
    at: "2023-11-14T22:13:20.004Z",
    task: "each",
    index: 1,
    generation: 0,
    attempt: 1,
    stream: "stdout",
    text: "of one",
  });
  const none = await call("logs", "1", "each[0]");
  expect(none).toMatchObject({
    exitCode: 0,
    out: "",
    error: "Nothing was captured of #1 each[0] (logs lie beside .lockstep/lockstep.db).\n",
  });
});

test("lockstep alone says what waits and what runs, and where help is", async () => {
  const { store, call } = await createProject();
  insertRunRows(store, CHAIN, { status: "paused", tasks: { merge: { status: "pending" } } });
  const { exitCode, out } = await call();
  expect(exitCode).toBe(0);
  expect(out).toContain("Nothing waits for a decision in .lockstep/lockstep.db.\n");
  expect(out).toContain("  #1 import  paused  2/3  lockstep resume 1\n");
  expect(out).toMatch(/All commands: lockstep --help\n$/);
});

test("every --help ends with two examples, and the first line of the design", async () => {
  const { call } = await createProject();
  const { COMMANDS } = await import("../../src/cli/command-table.ts");
  for (const { name, summary } of COMMANDS) {
    const { exitCode, out } = await call(name, "--help");
    expect(exitCode).toBe(0);
    expect(out).toContain(`\n${summary}\n`);
    expect(out.trimEnd().split("\n").slice(-3)).toEqual([
      "Examples:",
      expect.stringMatching(/^ {2}\$ .*lockstep/),
      expect.stringMatching(/^ {2}\$ .*lockstep/),
    ]);
  }
  expect((await call("help", "show")).out).toBe((await call("show", "--help")).out);
});

test("a mistyped command or option: exit 2 and the closest one", async () => {
  const { call } = await createProject();
  expect(await call("shwo")).toMatchObject({
    exitCode: 2,
    error: 'No command "shwo". Did you mean "show"? (all of them: lockstep --help)\n',
  });
  expect(await call("runs", "--limt", "3")).toMatchObject({
    exitCode: 2,
    error: "unknown option '--limt'. Did you mean --limit?\n",
  });
  expect((await call("runs", "--limt", "3", "--json")).json().error).toMatchObject({ code: "wrong_use" });
});

test("the config says where the database is; what is wrong in it is told with its line", async () => {
  const folder = createTemporaryFolder();
  const config = join(folder, "lockstep.config.yaml");
  writeFileSync(config, "db: state/a.db\nworkflows: flows\n");
  expect((await callLockstep(folder, ["runs"])).out).toContain("No runs yet in state/a.db.");
  writeFileSync(config, "db: a.db\nworkflow: flows\n");
  expect(await callLockstep(folder, ["runs"])).toMatchObject({
    exitCode: 2,
    error: `lockstep.config.yaml:2:1  unknown key "workflow" in the config. Did you mean "workflows"?\n`,
  });
});

test("completion offers commands, options, workflows, runs and tasks", async () => {
  const { store, call, folder } = await createProject();
  insertRunRows(store, CHAIN);
  mkdirSync(join(folder, "workflows"));
  writeFileSync(join(folder, "workflows/backup.yaml"), "");
  const words = async (...argv: string[]) => (await call("complete", "--", ...argv)).out.split("\n").filter(Boolean);
  expect(await words("ru")).toEqual(["run", "runs"]);
  expect(await words("run", "")).toEqual(["backup"]);
  expect(await words("show", "")).toEqual(["@last", "1"]);
  expect(await words("why", "1", "m")).toEqual(["merge"]);
  expect(await words("runs", "--li")).toEqual(["--limit"]);
  for (const shell of ["bash", "zsh", "fish"])
    expect((await call("completion", shell)).out).toContain("lockstep complete --");
});

test("init creates a workflow and a config, and never overwrites", async () => {
  const folder = createTemporaryFolder();
  const first = await callLockstep(folder, ["init"]);
  expect(first.out).toBe(
    "created lockstep.config.yaml\ncreated workflows/hello.ts\ncreated .lockstep/.gitignore\nNext: npx lockstep run hello\n",
  );
  writeFileSync(join(folder, "workflows/hello.ts"), "// mine");
  expect((await callLockstep(folder, ["init"])).out).toContain("kept    workflows/hello.ts (it was there)\n");
  expect(readFileSync(join(folder, "workflows/hello.ts"), "utf8")).toBe("// mine");
});

test("what init writes is valid, in TypeScript and in YAML", async () => {
  const folder = createTemporaryFolder();
  await callLockstep(folder, ["init"]);
  await callLockstep(folder, ["init", "--yaml"]);
  const { exitCode, json } = await callLockstep(folder, ["validate", "--json"]);
  expect(exitCode).toBe(0);
  expect(json()).toEqual([
    { level: "ok", code: "ok", message: "hello: 2 layers, 2 tasks, full parallel", file: "workflows/hello.ts" },
    { level: "ok", code: "ok", message: "hello: 2 layers, 2 tasks, full parallel", file: "workflows/hello.yaml" },
  ]);
});

test("validate tells every mistake with its line, and workflows which file cannot be loaded", async () => {
  const { folder, call } = await createProject();
  mkdirSync(join(folder, "workflows"));
  writeFileSync(
    join(folder, "workflows/bad.yaml"),
    "tasks:\n  a: { run: ': ok', need: [b] }\n  b: { run: ': ok', timeut: 3s }\n",
  );
  writeFileSync(join(folder, "workflows/good.yaml"), "description: Fine\ntasks: { a: { run: ': ok' } }\n");
  const { exitCode, out } = await call("validate");
  expect(exitCode).toBe(2);
  expect(out).toBe(
    [
      'error workflows/bad.yaml:2  unknown key "need" in task "a". Did you mean "needs"?',
      'error workflows/bad.yaml:3  unknown key "timeut" in task "b". Did you mean "timeout"?',
      "ok    workflows/good.yaml  good: 1 layer, 1 task, full parallel",
      "",
    ].join("\n"),
  );
  const lines = (await call("workflows", "--json")).json();
  expect(lines).toMatchObject([
    { workflow: null, file: "workflows/bad.yaml" },
    { workflow: "good", tasks: 1, error: null },
  ]);
});

test("schema prints the JSON Schema of workflow files", async () => {
  const { call } = await createProject();
  expect((await call("schema")).json()).toMatchObject({
    $schema: expect.stringContaining("json-schema.org"),
    type: "object",
  });
});

test("events prints each fact with its number, and goes on after one", async () => {
  const { store, call } = await createProject();
  insertRunRows(store, CHAIN);
  const facts = [{ kind: "task.started", tasks: [0] }, { kind: "run.succeeded" }];
  store.db
    .insert(event)
    .values({ id: 8, at: CREATED_AT, runId: 1, data: JSON.stringify(facts) })
    .run();
  expect((await call("events", "--run", "1")).out).toMatch(/^7 \S+ #1 task\.started fetch\n8 \S+ #1 run\.succeeded\n$/);
  expect((await call("events", "--after", "7", "--json")).json()).toEqual({
    seq: 8,
    run: 1,
    kind: "run.succeeded",
    task: null,
    index: null,
    data: {},
    at: "2026-11-24T02:30:00.000Z",
  });
});
