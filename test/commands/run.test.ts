import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { callLockstep } from "../support/command-line.ts";
import { runLockstep, startLockstep } from "../support/lockstep-process.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";

/** A project whose `import` fetches, processes a map of which items fail while `broken` is there, and merges. */
const IMPORT = `
import { existsSync, appendFileSync, watch } from "node:fs";
import { workflow } from "lockstep";
const wf = workflow("import", {});
const note = (text) => appendFileSync("effects", text + "\\n");
const gone = (file) => new Promise((resolve) => {
  const look = () => { if (!existsSync(file)) { resolve(); clearInterval(timer); } };
  const timer = setInterval(look, 5);
});
const fetched = wf.task("fetch", () => { note("fetch"); return [0, 1, 2]; });
const processed = wf.map("process", { over: fetched }, async ({ item }) => {
  note("process " + item);
  console.log("item", item);
  if (item === 1 && existsSync("broken")) throw new Error("HTTP 429");
  if (item === 1) await gone("hold");
  return item * 2;
});
wf.task("merge", { needs: { processed } }, ({ needs }) => ({ sum: needs.processed.reduce((a, b) => a + b, 0) }));
export default wf;
`;

function createImport(): string {
  const folder = createTemporaryFolder();
  mkdirSync(join(folder, ".lockstep"), { mode: 0o700 });
  writeFileSync(join(folder, "import.ts"), IMPORT);
  return folder;
}

const readEffects = (folder: string) => readFileSync(join(folder, "effects"), "utf8").trim().split("\n");

test("run follows a run to its end: progress on standard error, times and result on standard output", async () => {
  const folder = createImport();
  const { exitCode, out, error } = await runLockstep(folder, "run", "import.ts");
  expect(error).toMatch(/^import #1 {3}3 layers, 3 tasks, full parallel {8}state \.lockstep\/lockstep\.db\n/);
  expect(error).toContain("\n layer 2  ✓ merge ");
  expect(out).toMatch(/^succeeded in \d.* · one by one \d.*\nresult {3}\{"sum":6\}\n$/);
  expect(exitCode).toBe(0);
});

test("a result that is cut short names the command that shows all of it, and starts no run", async () => {
  const folder = createImport();
  const long = "tasks: { a: { shell: node, run: 'console.log(`x`.repeat(20_000))', output: text } }\n";
  writeFileSync(join(folder, "long.yaml"), long);
  const { out } = await runLockstep(folder, "run", "long.yaml");
  expect(out).toMatch(/\nresult {3}"x{3999}… \(20002 characters; all: lockstep show 1 --json\)\n$/);
  const shown = await runLockstep(folder, "show", "1", "--json");
  expect(JSON.parse(shown.out).result).toHaveLength(20_000);
});

test("run --json prints one document and nothing else on standard output", async () => {
  const folder = createImport();
  const { exitCode, out } = await runLockstep(
    folder,
    "run",
    "import.ts",
    "--json",
    "--label",
    "team=ops",
    "--key",
    "k1",
  );
  expect(exitCode).toBe(0);
  expect(JSON.parse(out)).toMatchObject({
    run: 1,
    key: "k1",
    status: "succeeded",
    result: { sum: 6 },
    labels: { team: "ops" },
  });
  const again = await runLockstep(folder, "run", "import.ts", "--json", "--key", "k1");
  expect(JSON.parse(again.out)).toMatchObject({ run: 1, status: "succeeded" });
  expect(readEffects(folder)).toHaveLength(4);
});

test("what failed is named, why says so, and retry keeps what succeeded", async () => {
  const folder = createImport();
  writeFileSync(join(folder, "broken"), "");
  const failed = await runLockstep(folder, "run", "import.ts");
  expect(failed.exitCode).toBe(1);
  expect(failed.out).toContain("process[1]: HTTP 429\n");
  const why = await callLockstep(folder, ["why", "1", "merge"]);
  expect(why.out).toBe("#1 import merge was skipped because process, which it needs, failed: process[1]: HTTP 429\n");
  await runLockstep(folder, "run", "import.ts", "--json");
  writeFileSync(join(folder, "effects"), "");
  rmSync(join(folder, "broken"));
  const retried = await runLockstep(folder, "retry", "1");
  expect(retried.error).toContain("#1 import: keeps 1, runs 2 (process[1] and 1 after it)\n");
  expect(retried.out).toContain('result   {"sum":6}\n');
  expect(retried.exitCode).toBe(0);
  expect(readEffects(folder)).toEqual(["process 1"]);
});

test("a run whose process was killed is interrupted, and resume computes no result again", async () => {
  const folder = createImport();
  writeFileSync(join(folder, "hold"), "");
  const running = startLockstep(folder, ["run", "import.ts"]);
  await expect
    .poll(() => existsSync(join(folder, "effects")) && readEffects(folder).length, { timeout: 20_000 })
    .toBe(4);
  await running.awaitText("import #1");
  running.child.kill("SIGKILL");
  await running.ended;
  const runs = await callLockstep(folder, ["runs"]);
  expect(runs.out).toMatch(/1 {2}import {4}interrupted .* lockstep resume 1\n/);
  rmSync(join(folder, "hold"));
  const resumed = await runLockstep(folder, "resume", "1");
  expect(resumed.error).toMatch(/^#1 import resumed: \d results? kept, \d attempts? begins? again\n/);
  expect(resumed.exitCode).toBe(0);
  expect(readEffects(folder).filter((line) => line === "fetch")).toHaveLength(1);
  expect((await callLockstep(folder, ["why", "1", "process[1]"])).out).toContain("was interrupted and ran again");
});

test("Ctrl-C lets nothing be lost and says how to go on", async () => {
  const folder = createImport();
  writeFileSync(join(folder, "hold"), "");
  const running = startLockstep(folder, ["run", "import.ts"]);
  await running.awaitText("layer 0");
  running.child.kill("SIGINT");
  await running.awaitText("Once more");
  running.child.kill("SIGINT");
  const { exitCode, error } = await running.ended;
  expect(error).toContain("Interrupted. Nothing is lost: lockstep resume 1\n");
  expect(exitCode).toBe(130);
  for (const argv of [["runs"], []]) expect((await callLockstep(folder, argv)).out).toContain("  lockstep resume 1\n");
});

test("cancel stops a run that another process executes", async () => {
  const folder = createImport();
  writeFileSync(join(folder, "hold"), "");
  const running = startLockstep(folder, ["run", "import.ts"]);
  await running.awaitText("layer 0");
  const canceled = callLockstep(folder, ["cancel", "1", "--reason", "wrong list"]);
  setTimeout(() => rmSync(join(folder, "hold")), 300);
  expect((await canceled).out).toMatch(/^#1 canceled: \d killed, \d skipped\n$/);
  expect((await running.ended).exitCode).toBe(1);
  expect((await callLockstep(folder, ["cancel", "1"])).exitCode).toBe(6);
});

test("--detach without an engine says what would take it up", async () => {
  const folder = createImport();
  const { out, exitCode } = await runLockstep(folder, "run", "import.ts", "--detach");
  expect(out).toBe(
    'Queued #1, but no engine is running that knows "import". It starts when one does: lockstep daemon --workflows . (or: lockstep run import.ts)\n',
  );
  expect(exitCode).toBe(0);
  expect((await callLockstep(folder, ["why", "1"])).out).toContain("is queued, but no engine is running");
});

test("resume --all takes detached runs along that are paused, and none that only wait for an engine", async () => {
  const folder = createImport();
  writeFileSync(join(folder, "quick.yaml"), "tasks: { one: { run: ': ok' } }\n");
  for (let count = 0; count < 2; count++) await runLockstep(folder, "run", "quick.yaml", "--detach");
  expect((await callLockstep(folder, ["pause", "1"])).exitCode).toBe(0);
  expect((await runLockstep(folder, "resume", "--all")).exitCode).toBe(0);
  const runs: { run: number; status: string }[] = (await callLockstep(folder, ["runs", "--json"])).json();
  expect(runs.map(({ run, status }) => [run, status])).toEqual([
    [2, "queued"],
    [1, "succeeded"],
  ]);
});

test("a wrong input: what was expected and found, and nothing was started", async () => {
  const folder = createImport();
  writeFileSync(
    join(folder, "users.yaml"),
    "input: { users: { type: integer, min: 1 } }\ntasks: { one: { run: ': ok' } }\n",
  );
  const wrong = await runLockstep(folder, "run", "users.yaml", "--input", "users=many");
  expect(wrong.error).toBe(
    'input "users": expected an integer of at least 1, found "many" (from --input). Nothing was started.\n',
  );
  expect(wrong.exitCode).toBe(2);
  expect(existsSync(join(folder, ".lockstep/lockstep.db"))).toBe(false);
});
