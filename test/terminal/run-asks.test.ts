import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
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

test("what is typed wrongly approves nothing: the run is left waiting, exit 3", async () => {
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
