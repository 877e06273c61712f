import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { callLockstep } from "../support/command-line.ts";
import { runLockstep } from "../support/lockstep-process.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";

const GATE = `
import { workflow } from "lockstep";
const wf = workflow("gate");
const files = wf.task("files", () => ["a", "b", "c"]);
const del = wf.map("del", { over: files, checkpoint: { message: "Delete 3 files?", risk: "high" } }, ({ item }) => item);
wf.task("after", { needs: { del } }, ({ needs }) => needs.del);
export default wf;
`;

const LAYERS = `
import { workflow } from "lockstep";
const wf = workflow("layers", { checkpoint: "every-layer" });
const load = wf.task("load", ({ feedback }) => ({ rows: feedback === undefined ? 1 : 2 }));
wf.task("save", { needs: { load } }, ({ needs }) => needs.load.rows);
export default wf;
`;

/** A project whose workflow waits at its first checkpoint. */
async function createWaiting(source: string, file = "wf.ts"): Promise<string> {
  const folder = createTemporaryFolder();
  mkdirSync(join(folder, ".lockstep"), { mode: 0o700 });
  writeFileSync(join(folder, file), source);
  const { exitCode, out } = await runLockstep(folder, "run", file);
  expect(out).toContain("lockstep approve 1.1");
  expect(exitCode).toBe(3);
  return folder;
}

async function readHash(folder: string, id: string): Promise<string> {
  const { out } = await callLockstep(folder, ["checkpoints", id, "--json"]);
  const { hash }: { hash: string } = JSON.parse(out);
  return hash;
}

test("a high risk is not approved outside a terminal without the hash that was seen", async () => {
  const folder = await createWaiting(GATE);
  const refused = await callLockstep(folder, ["approve", "1.1"]);
  expect(refused.exitCode).toBe(2);
  expect(refused.error).toContain("1.1 is of high risk: say what you have seen with --if-hash.");
  const list = await callLockstep(folder, ["checkpoints"]);
  expect(list.out).toMatch(/1\.1 .* HIGH {2}gate {6}Delete 3 files\?/);
});

test("approve --only runs the picked items of a map when the run is resumed", async () => {
  const folder = await createWaiting(GATE);
  const hash = await readHash(folder, "1.1");
  const approved = await callLockstep(folder, ["approve", "1", "--if-hash", hash.slice(0, 8), "--only", "0,2"]);
  expect(approved.out).toContain("Approved 1.1");
  const { exitCode, out } = await runLockstep(folder, "resume", "1");
  expect(out).toContain('result   ["a","c"]');
  expect(exitCode).toBe(0);
});

test("the same decision twice is one; another one conflicts, and the first stands", async () => {
  const folder = await createWaiting(GATE);
  const hash = await readHash(folder, "1.1");
  expect((await callLockstep(folder, ["approve", "1.1", "--if-hash", hash])).exitCode).toBe(0);
  const again = await callLockstep(folder, ["approve", "1.1", "--if-hash", hash, "--json"]);
  expect(JSON.parse(again.out)).toMatchObject({ checkpoint: "1.1", outcome: "repeated", decision: "approve" });
  const other = await callLockstep(folder, ["reject", "1.1", "--reason", "wrong host"]);
  expect(other.exitCode).toBe(6);
  expect(other.error).toMatch(/1\.1 was approved by .* A decision stands once made\./);
});

test("two people who decide at once: one stands, the other gets exit 6", async () => {
  const folder = await createWaiting(GATE);
  const hash = await readHash(folder, "1.1");
  const [one, other] = await Promise.all([
    runLockstep(folder, "approve", "1.1", "--if-hash", hash),
    runLockstep(folder, "reject", "1.1", "--reason", "no"),
  ]);
  expect([one.exitCode, other.exitCode].sort()).toEqual([0, 6]);
});

test("a hash that is not what waits is stale: exit 6, and nothing is done", async () => {
  const folder = await createWaiting(GATE);
  const stale = await callLockstep(folder, ["approve", "1.1", "--if-hash", "abcdef123456"]);
  expect(stale.exitCode).toBe(6);
  expect(stale.error).toContain("1.1 changed since you saw it");
  expect((await callLockstep(folder, ["checkpoints", "1.1"])).out).toContain("open");
});

test("a rejection needs a reason and ends the run as canceled", async () => {
  const folder = await createWaiting(LAYERS);
  expect((await callLockstep(folder, ["reject", "1.1"])).exitCode).toBe(2);
  expect((await callLockstep(folder, ["reject", "1.1", "--reason", "wrong host"])).exitCode).toBe(0);
  const { exitCode, out } = await runLockstep(folder, "resume", "1");
  expect(out).toContain("canceled");
  expect(exitCode).toBe(1);
});

test("a layer that is sent back runs again with the feedback, and is asked again", async () => {
  const folder = await createWaiting(LAYERS);
  const hash = await readHash(folder, "1.1");
  const sent = await callLockstep(folder, ["redo", "1.1", "--feedback", "rows are missing", "--if-hash", hash]);
  expect(sent.out).toContain("Sent back 1.1");
  const again = await runLockstep(folder, "resume", "1");
  expect(again.exitCode).toBe(3);
  const next = await readHash(folder, "1.2");
  expect((await callLockstep(folder, ["approve", "1.2", "--if-hash", next])).exitCode).toBe(0);
  const { out } = await runLockstep(folder, "resume", "1");
  expect(out).toContain("result   2");
});

test("an edit changes the output of the reviewed layer", async () => {
  const folder = await createWaiting(LAYERS);
  const hash = await readHash(folder, "1.1");
  const edited = await callLockstep(folder, ["edit", "1.1", "--set", 'load={"rows":7}', "--if-hash", hash]);
  expect(edited.out).toContain("Approved with an edit 1.1");
  expect(edited.error).toContain('load: {"rows":1} → {"rows":7}');
  expect((await runLockstep(folder, "resume", "1")).out).toContain("result   7");
});

test("undo takes a decision back that nobody has acted on", async () => {
  const folder = await createWaiting(LAYERS);
  const hash = await readHash(folder, "1.1");
  await callLockstep(folder, ["approve", "1.1", "--if-hash", hash]);
  expect((await callLockstep(folder, ["undo", "1.1"])).out).toContain("It waits again, as 1.2");
  expect((await runLockstep(folder, "resume", "1")).exitCode).toBe(6);
});

test("the line end of a block in YAML is no part of the question", async () => {
  const block = "tasks:\n  a:\n    run: ': ok'\n    checkpoint: |\n      Delete them?\n";
  const folder = await createWaiting(block, "wf.yaml");
  expect((await callLockstep(folder, ["checkpoints"])).out).toMatch(/ Delete them\?\n$/);
});

test("the fields of a form are listed as they were declared, those that may be left out last", async () => {
  const form = `tasks:
  a:
    run: ': ok'
    checkpoint:
      message: Go?
      fields: { zone: { type: string }, note: { type: string, default: "" }, count: { type: integer } }
`;
  const folder = await createWaiting(form, "wf.yaml");
  expect((await callLockstep(folder, ["checkpoints", "1.1"])).out).toContain(
    "form       zone: text\n           count: whole number\n           note: text, may be left out\n",
  );
});

test("only the literal approve answers a question with yes", async () => {
  const folder = createTemporaryFolder();
  mkdirSync(join(folder, ".lockstep"), { mode: 0o700 });
  const asked = await callLockstep(folder, ["ask", "Apply the plan?", "--key", "plan", "--risk", "low", "--no-wait"]);
  expect(asked.exitCode).toBe(3);
  const id = /ask-\d+/.exec(asked.out)?.[0] ?? "";
  await callLockstep(folder, ["reject", id, "--reason", "not today"]);
  const denied = await callLockstep(folder, ["ask", "Apply the plan?", "--key", "plan", "--risk", "low"]);
  expect(denied.out).toContain("not approved (reject)");
  expect(denied.exitCode).toBe(1);
  const other = await callLockstep(folder, ["ask", "Apply another plan?", "--key", "plan", "--no-wait"]);
  expect(other.exitCode).toBe(6);
});

const OTHER_OUTPUT = `
import { readFileSync } from "node:fs";
import { workflow } from "lockstep";
const wf = workflow("other-output");
const plan = wf.task("plan", () => readFileSync("plan", "utf8"));
wf.task("deploy", { needs: { plan }, checkpoint: { message: "Deploy?", risk: "low" } }, () => 1);
export default wf;
`;

test("what a task gave is compared with what it gave when the gate was approved last", async () => {
  const folder = createTemporaryFolder();
  mkdirSync(join(folder, ".lockstep"), { mode: 0o700 });
  writeFileSync(join(folder, "wf.ts"), OTHER_OUTPUT);
  const runWith = async (plan: string): Promise<void> => {
    writeFileSync(join(folder, "plan"), plan);
    expect((await runLockstep(folder, "run", "wf.ts")).exitCode).toBe(3);
  };
  await runWith("one host");
  expect((await callLockstep(folder, ["approve", "1.1"])).exitCode).toBe(0);
  await runWith("all hosts");
  expect((await callLockstep(folder, ["checkpoints", "2.1"])).out).toContain(
    "approved 1.1: what plan gave is another; definition and input are the same",
  );
  await runWith("one host");
  expect((await callLockstep(folder, ["checkpoints", "3.1"])).out).toContain("approved 1.1: the same is shown;");
});

const FORM = `
import { workflow } from "lockstep";
import { z } from "zod";
const wf = workflow("form");
const fields = z.object({ ticket: z.string(), percent: z.number().int().default(10) });
wf.task("ship", { checkpoint: { message: "Ship?", risk: "low", fields } }, ({ answers }) => answers);
export default wf;
`;

test("what an approval has to answer is shown with the checkpoint", async () => {
  const folder = await createWaiting(FORM);
  const shown = await callLockstep(folder, ["checkpoints", "1.1"]);
  expect(shown.out).toContain("ticket: text\n");
  expect(shown.out).toContain("percent: whole number, may be left out\n");
  expect(shown.out).toContain("lockstep approve 1.1 --answers JSON --if-hash ");
});

test("a value that is too long for an argument is edited from a file", async () => {
  const folder = await createWaiting(LAYERS);
  writeFileSync(join(folder, "load.json"), '{"rows":7}');
  const set = (file: string) =>
    readHash(folder, "1.1").then((hash) =>
      callLockstep(folder, ["edit", "1.1", "--set", `load=@${file}`, "--if-hash", hash]),
    );
  const refused = await set("none.json");
  expect([refused.exitCode, refused.error]).toEqual([
    2,
    expect.stringContaining("--set load: the file none.json cannot be read. Nothing was done."),
  ]);
  const edited = await set("load.json");
  expect([edited.exitCode, edited.error]).toEqual([0, expect.stringContaining('load: {"rows":1} → {"rows":7}')]);
});

test("who decides a round whose decision was taken back is told the next, not that it changed", async () => {
  const folder = await createWaiting(LAYERS);
  const hash = await readHash(folder, "1.1");
  await callLockstep(folder, ["approve", "1.1", "--if-hash", hash]);
  await callLockstep(folder, ["undo", "1.1"]);
  const late = await callLockstep(folder, ["approve", "1.1", "--if-hash", hash]);
  expect(late.exitCode).toBe(6);
  expect(late.error).toContain("The decision on 1.1 was taken back, and it was asked again as 1.2. Nothing was done.");
});

test("a question whose file cannot be read is wrong use, and is not asked", async () => {
  const folder = createTemporaryFolder();
  const asked = await callLockstep(folder, ["ask", "Run it?", "--show", "@plan.json", "--db", "l.db"]);
  expect([asked.exitCode, asked.error]).toEqual([2, expect.stringContaining("--show: the file plan.json cannot be")]);
});

test.each([
  ["a task", GATE, "del"],
  ["a layer", LAYERS, "save"],
])(
  "why says of what waits behind a decision on %s that no engine has applied how it goes on",
  async (_, source, task) => {
    const folder = await createWaiting(source);
    const hash = await readHash(folder, "1.1");
    expect((await callLockstep(folder, ["approve", "1.1", "--if-hash", hash])).exitCode).toBe(0);
    const { out } = await callLockstep(folder, ["why", "1", task]);
    expect(out).toMatch(/ waits for the run to go on, 1\.1 was approved by .+: lockstep resume 1\n$/);
  },
);
