import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { callLockstep } from "../support/command-line.ts";
import { openScreen } from "../support/screen.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";

const GATE = `
import { workflow } from "lockstep";
const wf = workflow("gate");
const files = wf.task("files", () => ["a", "b"]);
wf.task("del", { needs: { files }, checkpoint: { message: "Delete 2 files?", risk: "high" } }, ({ needs }) => needs.files);
export default wf;
`;

function createGate(): string {
  const folder = createTemporaryFolder();
  mkdirSync(join(folder, ".lockstep"), { mode: 0o700 });
  writeFileSync(join(folder, "gate.ts"), GATE);
  return folder;
}

test("a run in a terminal shows the checkpoint, asks, and goes on once the workflow's name is typed", async () => {
  const screen = openScreen(["run", "gate.ts"], { cwd: createGate(), rows: 40 });
  await screen.waitFor("leaves it waiting:");
  expect(screen.text()).toContain("Delete 2 files?");
  screen.type("a\r");
  await screen.waitFor("Type gate to approve:");
  screen.type("gate\r");
  await screen.waitFor('result   ["a","b"]');
  expect(await screen.exitCode).toBe(0);
});

test("an answer that is none is asked for again", async () => {
  const screen = openScreen(["run", "gate.ts"], { cwd: createGate(), rows: 40 });
  await screen.waitFor("leaves it waiting:");
  screen.type("yes\r");
  await screen.waitFor("Expected a or r. a approve");
  screen.type("a\r");
  await screen.waitFor("Type gate to approve:");
  screen.type("gate\r");
  expect(await screen.exitCode).toBe(0);
});

test("a name that is typed wrongly approves nothing: the run is left waiting, exit 3", async () => {
  const screen = openScreen(["run", "gate.ts"], { cwd: createGate(), rows: 40 });
  await screen.waitFor("leaves it waiting:");
  screen.type("a\r");
  await screen.waitFor("Type gate to approve:");
  screen.type("y\r");
  await screen.waitFor("lockstep approve 1.1");
  expect(await screen.exitCode).toBe(3);
});

test("the question of a child run is asked in the terminal of its parent", async () => {
  const folder = createGate();
  writeFileSync(join(folder, "parent.yaml"), "tasks: { nested: { workflow: gate } }");
  const screen = openScreen(["run", "parent.yaml"], { cwd: folder, rows: 40 });
  await screen.waitFor("leaves it waiting:");
  expect(screen.text()).toContain("Delete 2 files?");
  screen.type("a\r");
  await screen.waitFor("Type gate to approve:");
  screen.type("gate\r");
  await screen.waitFor('result   ["a","b"]');
  expect(await screen.exitCode).toBe(0);
});

test.each([
  ["Ctrl-C", "\x03"],
  ["Ctrl-D", "\x04"],
])("%s at the question decides nothing: the run is left waiting, exit 3", async (_, key) => {
  const screen = openScreen(["run", "gate.ts"], { cwd: createGate(), rows: 40 });
  await screen.waitFor("leaves it waiting:");
  screen.type(key);
  await screen.waitFor("waits for 1.1");
  expect(await screen.exitCode).toBe(3);
});

test("a rejection at the terminal ends the run as canceled, with its reason", async () => {
  const screen = openScreen(["run", "gate.ts"], { cwd: createGate(), rows: 40 });
  await screen.waitFor("leaves it waiting:");
  screen.type("r\r");
  await screen.waitFor("Reason:");
  screen.type("wrong host\r");
  await screen.waitFor("canceled");
  expect(await screen.exitCode).toBe(1);
});

test("after each layer the run shows what that gave, asks, and starts the next one", async () => {
  const folder = createGate();
  const screen = openScreen(["run", "gate.ts", "--review"], { cwd: folder, rows: 40 });
  await screen.waitFor("leaves it waiting:");
  expect(screen.text()).toMatch(/happened {3}files succeeded.*\n.*\[\s*\n? *"a"/);
  expect(screen.text()).toContain("approve    starts del");
  screen.type("a\r");
  await screen.waitFor("Delete 2 files?");
  screen.type("\r");
  await screen.waitFor("lockstep approve 1.2");
  expect(await screen.exitCode).toBe(3);
});

test("what somebody else decides while it is asked is told, and the run goes on with it", async () => {
  const folder = createGate();
  const screen = openScreen(["run", "gate.ts"], { cwd: folder, rows: 40 });
  await screen.waitFor("leaves it waiting:");
  screen.type("a\r");
  await screen.waitFor("Type gate to approve:");
  const { hash } = (await callLockstep(folder, ["checkpoints", "1.1", "--json"])).json();
  expect((await callLockstep(folder, ["approve", "1.1", "--if-hash", hash])).exitCode).toBe(0);
  await screen.waitFor("1.1 was decided elsewhere.");
  await screen.waitFor('result   ["a","b"]');
  expect(await screen.exitCode).toBe(0);
});

test("a run that is canceled while it is asked ends, and says so", async () => {
  const folder = createGate();
  const screen = openScreen(["run", "gate.ts"], { cwd: folder, rows: 40 });
  await screen.waitFor("leaves it waiting:");
  expect((await callLockstep(folder, ["cancel", "1"])).exitCode).toBe(0);
  await screen.waitFor("canceled");
  expect(await screen.exitCode).toBe(1);
});

const FORM = `
import { workflow } from "lockstep";
import { z } from "zod";
const wf = workflow("form");
wf.task("send", { checkpoint: { message: "Where?", risk: "low", fields: z.object({ host: z.string() }) } }, ({ answers }) => answers.host);
export default wf;
`;

test("a form is asked for as JSON, and asked again where it does not fit", async () => {
  const folder = createGate();
  writeFileSync(join(folder, "form.ts"), FORM);
  const screen = openScreen(["run", "form.ts"], { cwd: folder, rows: 40 });
  await screen.waitFor("leaves it waiting:");
  screen.type("a\r");
  await screen.waitFor("Its form as JSON (host):");
  screen.type("srv2\r");
  await screen.waitFor("its form does not fit its schema");
  await screen.waitFor(/leaves it waiting: *$/m);
  screen.type("a\r");
  await screen.waitFor(/Its form as JSON \(host\): *$/m);
  screen.type('{"host":"srv2"}\r');
  await screen.waitFor('result   "srv2"');
  expect(await screen.exitCode).toBe(0);
});
