import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { callLockstep, type Ran } from "../support/command-line.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";

/** A folder with these files and a database of its own. */
function createProject(files: Readonly<Record<string, string>>): (...argv: string[]) => Promise<Ran> {
  const folder = createTemporaryFolder();
  for (const name of [".lockstep", "workflows", "parts"]) mkdirSync(join(folder, name), { mode: 0o700 });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return (...argv) => callLockstep(folder, argv);
}

const IMPORT = `
tasks:
  fetch: { run: "echo 21", output: json }
  load: { needs: [fetch], workflow: { file: parts/load.yaml, input: { n: "\${{ needs.fetch }}" } } }
  report: { needs: [load], run: 'echo "$N rows"', env: { N: "\${{ needs.load.rows }}" }, output: text }
`;
const LOAD = `
input: { n: { type: integer } }
tasks:
  rows: { run: "echo $((N * 2))", env: { N: "\${{ input.n }}" }, output: json }
  where: { run: 'basename "$PWD"', output: text }
returns: { rows: "\${{ needs.rows }}", where: "\${{ needs.where }}" }
`;

test("a child of another file runs in that file's folder, and its result is the task's output", async () => {
  const call = createProject({ "import.yaml": IMPORT, "parts/load.yaml": LOAD });
  const ran = await call("run", "import.yaml");
  expect(ran).toMatchObject({ exitCode: 0 });
  expect(ran.out).toContain('result   "42 rows"');
  const [fetch, load] = (await call("show", "1", "--json")).json().tasks;
  expect(fetch).toMatchObject({ id: "fetch", child: null });
  expect(load).toMatchObject({ id: "load", child: 2, output: { rows: 42, where: "parts" } });
  expect((await call("show", "1")).out).toContain("load → #2 load");
  expect((await call("show", "2")).out).toContain("started by load of #1 import");
  expect((await call("show", "2", "--json")).json()).toMatchObject({ run: 2, workflow: "load", parent: 1 });
});

test("child runs are listed with --all or by their name, and @last is the run that a person started", async () => {
  const call = createProject({ "import.yaml": IMPORT, "parts/load.yaml": LOAD });
  await call("run", "import.yaml");
  const list = async (...argv: string[]) => {
    const runs: { run: number }[] = (await call("runs", "--json", ...argv)).json();
    return runs.map(({ run }) => run);
  };
  expect(await list()).toEqual([1]);
  expect(await list("--all")).toEqual([2, 1]);
  expect(await list("--workflow", "load")).toEqual([2]);
  expect((await call("runs", "--all")).out).toMatch(/2 {2}load ‹ #1/);
  expect((await call("show", "@last", "--json")).json()).toMatchObject({ run: 1 });
});

test("why tells of several wrong parts of a child's input in a line each", async () => {
  const call = createProject({
    "parts/load.yaml": "input: { n: { type: integer }, m: { type: integer } }\ntasks: { rows: { run: ': ok' } }\n",
    "import.yaml":
      "tasks: { load: { workflow: { file: parts/load.yaml, input: { n: 'x${{ run.id }}', m: 'y${{ run.id }}' } } } }\n",
  });
  expect((await call("run", "import.yaml")).exitCode).toBe(1);
  expect((await call("why", "1")).out).toContain(
    'child workflow "load": input "n": expected an integer, found "x1"\n      input "m": expected an integer, found "y1"\n',
  );
});

test("plan says which tasks start a workflow", async () => {
  const call = createProject({ "import.yaml": IMPORT, "parts/load.yaml": LOAD });
  expect((await call("plan", "import.yaml")).out).toContain("L1 load→load (1)");
  expect((await call("plan", "import.yaml", "--json")).json().childTasks).toEqual({ load: "load" });
});

const ASK = `
tasks:
  nested: { workflow: gated }
  after: { needs: [nested], run: 'echo "$X"', env: { X: "\${{ needs.nested }}" }, output: text }
`;
const GATED = `
import { workflow } from "lockstep";
const wf = workflow("gated");
const sure = wf.confirm("sure", { message: "Sure?", risk: "low" });
wf.task("act", { after: [sure] }, () => "acted");
export default wf;
`;

test("a YAML file starts a TypeScript workflow by its name; the run waits where its child waits, and goes on with it", async () => {
  const call = createProject({ "ask.yaml": ASK, "workflows/gated.ts": GATED });
  const ran = await call("run", "ask.yaml", "--json");
  expect(ran.exitCode).toBe(3);
  expect(ran.json()).toMatchObject({ run: 1, status: "waiting", checkpoints: [{ id: "2.1", run: 2 }] });
  expect((await call("why", "1", "nested")).out).toContain(
    "nested waits for its child run #2 gated, which waits for the decision 2.1: Sure?",
  );
  expect((await call("why", "1")).out).toContain("waits for the decision 2.1 of its child run #2: Sure?");
  expect(await call("resume", "1")).toMatchObject({ exitCode: 6 });
  expect(await call("approve", "2.1")).toMatchObject({ exitCode: 0 });
  const resumed = await call("resume", "2");
  expect(resumed.error).toContain("#2 is a child run of #1, which is resumed with it.");
  expect(resumed).toMatchObject({ exitCode: 0 });
  expect(resumed.out).toContain('result   "acted"');
});

test("a rejected child fails its task, and retry of the parent asks again in a new child run", async () => {
  const call = createProject({ "ask.yaml": ASK, "workflows/gated.ts": GATED });
  await call("run", "ask.yaml");
  await call("reject", "2.1", "--reason", "wrong host");
  const resumed = await call("resume", "1");
  expect(resumed.exitCode).toBe(1);
  expect(resumed.out).toMatch(/nested: child run #2 gated was canceled: rejected by \S+: wrong host/);
  expect((await call("retry", "2")).error).toContain("#2 gated is a child run of #1");
  const again = await call("retry", "1");
  expect(again.exitCode).toBe(3);
  expect(again.out).toContain("waits for 3.1: Sure?");
});

test("a paused child keeps its parent waiting, which says what continues it", async () => {
  const call = createProject({ "ask.yaml": ASK, "workflows/gated.ts": GATED });
  await call("run", "ask.yaml");
  expect(await call("pause", "2")).toMatchObject({ exitCode: 0 });
  expect((await call("why", "1")).out).toContain("waits for its child run #2, which is paused: lockstep resume 2");
  await call("approve", "2.1");
  const resumed = await call("resume", "1");
  expect(resumed).toMatchObject({ exitCode: 0 });
  expect(resumed.out).toContain('result   "acted"');
});

test("cancel takes the children with it, with no engine alive", async () => {
  const call = createProject({ "ask.yaml": ASK, "workflows/gated.ts": GATED });
  await call("run", "ask.yaml");
  expect(await call("cancel", "1")).toMatchObject({ exitCode: 0 });
  const runs: { status: string }[] = (await call("runs", "--all", "--json")).json();
  expect(runs.map(({ status }) => status)).toEqual(["canceled", "canceled"]);
  expect((await call("checkpoints", "--json")).json()).toEqual([]);
});

test("a child that nobody has is a mistake of the file, told with its place and what was meant", async () => {
  const call = createProject({ "ask.yaml": ASK.replace("gated", "gatd"), "workflows/gated.ts": GATED });
  const message = 'workflow: no workflow "gatd". Did you mean "gated"?';
  const ran = await call("run", "ask.yaml");
  expect(ran).toMatchObject({ exitCode: 2 });
  expect(ran.error).toContain(`ask.yaml:3:23  ${message}`);
  const validated = await call("validate", "ask.yaml", "--json");
  expect(validated.exitCode).toBe(2);
  expect(validated.json()).toContainEqual(
    expect.objectContaining({ level: "error", code: "child_missing", file: "ask.yaml", line: 3 }),
  );
  expect((await call("runs", "--all", "--json")).json()).toEqual([]);
});
