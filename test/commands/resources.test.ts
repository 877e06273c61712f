import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { workflow } from "../../src/definition/workflow.ts";
import { createSimulatedClock } from "../../src/platform/simulated-clock.ts";
import { callLockstep, type Ran } from "../support/command-line.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";
import { startTestEngine, takeTurns } from "../support/test-engine.ts";

function createFolder(files: Readonly<Record<string, string>>): string {
  const folder = createTemporaryFolder();
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text, { mode: 0o644 });
  return folder;
}

const runLockstep = (folder: string, ...argv: string[]): Promise<Ran> => callLockstep(folder, argv);

const USES_DB = "tasks: { one: { run: 'true', uses: [db] } }\n";
const CONFIG = "db: state/x.db\nresources: { db: { slots: 4 } }\n";

test("a workflow that says otherwise than the config is refused, with both files named", async () => {
  const folder = createFolder({
    "lockstep.config.yaml": CONFIG,
    "w.yaml": `resources: { db: { slots: 2 } }\n${USES_DB}`,
  });
  for (const argv of [
    ["run", "w.yaml"],
    ["validate", "w.yaml"],
    ["run", "w.yaml", "--detach"],
  ]) {
    const { exitCode, out, error } = await runLockstep(folder, ...argv);
    const said = `${out}${error}`;
    expect(said).toContain("lockstep.config.yaml");
    expect(said).toMatch(/"db" is \{ slots: 2 \} in .*w\.yaml, and \{ slots: 4 \} in .*lockstep\.config\.yaml/);
    expect(exitCode).toBe(2);
  }
});

test("two workflows that define one name in two ways are refused, until one of the files is gone", async () => {
  const folder = createFolder({
    "a.yaml": `resources: { db: { slots: 2 } }\n${USES_DB}`,
    "b.yaml": `resources: { db: { slots: 3 } }\n${USES_DB}`,
  });
  expect((await runLockstep(folder, "run", "a.yaml")).exitCode).toBe(0);
  const refused = await runLockstep(folder, "run", "b.yaml");
  expect(refused.exitCode).toBe(2);
  expect(refused.error).toMatch(/b\.yaml, and .*a\.yaml/);
  const validated = await runLockstep(folder, "validate", ".");
  expect(validated.exitCode).toBe(2);
  expect(validated.out).not.toMatch(/^ok +b\.yaml/m);
  expect(validated.out).toMatch(/error b\.yaml {2}The resource "db" is .*b\.yaml, and .*a\.yaml/);
  writeFileSync(join(folder, "a.yaml"), `resources: { db: { slots: 3 } }\n${USES_DB}`);
  expect((await runLockstep(folder, "run", "a.yaml")).exitCode).toBe(0);
  expect((await runLockstep(folder, "run", "b.yaml")).exitCode).toBe(0);
});

test("a name that nobody defines, and more than there is, are refused before there is a database", async () => {
  const folder = createFolder({
    "lockstep.config.yaml": CONFIG,
    "unknown.yaml": "tasks: { one: { run: 'true', uses: [dbs] } }\n",
    "much.yaml": "tasks: { one: { run: 'true', uses: { db: 5 } } }\n",
    "rate.yaml": "resources: { api: { rate: 80/min } }\ntasks: { one: { run: 'true', uses: { api: 2 } } }\n",
  });
  const unknown = await runLockstep(folder, "run", "unknown.yaml", "--json");
  expect(unknown.exitCode).toBe(2);
  expect(JSON.parse(unknown.out).error).toMatchObject({ code: "unknown_resource" });
  expect(JSON.parse(unknown.out).error.message).toContain('Did you mean "db"?');
  const much = await runLockstep(folder, "run", "much.yaml");
  expect(much.exitCode).toBe(2);
  expect(much.error).toMatch(/uses 5 of "db", which has only 4: \{ slots: 4 \} in .*lockstep\.config\.yaml/);
  const rate = await runLockstep(folder, "validate", "rate.yaml");
  expect(rate.exitCode).toBe(2);
  expect(rate.out).toContain("lets at most 1 through at once (its burst)");
  expect((await runLockstep(folder, "runs")).out).toContain("No runs");
});

test("a resource that changed in its file is changed, and an event says so", async () => {
  const folder = createFolder({ "lockstep.config.yaml": CONFIG, "w.yaml": USES_DB });
  await runLockstep(folder, "run", "w.yaml");
  writeFileSync(join(folder, "lockstep.config.yaml"), CONFIG.replace("4", "5"));
  expect((await runLockstep(folder, "run", "w.yaml")).exitCode).toBe(0);
  const { out } = await runLockstep(folder, "events", "--json");
  expect(out).toContain('"kind":"resource.changed"');
  expect(out).toContain('"from":"{ capacity: 4 }","to":"{ slots: 5 }"');
});

test("why says what a task waits for, and who has it", async () => {
  const folder = createFolder({});
  mkdirSync(join(folder, ".lockstep"), { mode: 0o700 });
  const wf = workflow("w", { resources: { ram: { capacity: 8_000 }, github: { rate: "1/h" } }, strategy: "eager" });
  wf.map("load", { over: () => [0, 1], uses: { ram: 3_975 } }, ({ signal }) => {
    return new Promise<void>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  });
  const call = wf.task("call", { uses: ["github"] }, () => 1);
  const again = wf.task("again", { uses: ["github"], after: [call] }, () => 1);
  const later = wf.task("later", { after: [call] }, () => 1);
  wf.task("other", { uses: { ram: 100 }, after: [later] }, () => 1);
  wf.task("last", { after: [again] }, () => 1);
  const clock = createSimulatedClock(Date.now());
  const engine = await startTestEngine({ workflows: [wf], clock, path: join(folder, ".lockstep", "lockstep.db") });
  await engine.submit(wf);
  await takeTurns(20);
  const why = async (task: string): Promise<string> => (await runLockstep(folder, "why", "1", task)).out;
  expect(await why("other")).toBe(
    "#1 w other waits for ram: 7,950 of 8,000 in use by #1 load[0], #1 load[1]; it needs 100\n",
  );
  const freeAt = new Date(clock.now() + 3_600_000).toISOString();
  expect(await why("again")).toBe(`#1 w again waits for github: 1/h, free at ${freeAt}\n`);
  const shown = (await runLockstep(folder, "show", "1", "--json")).json();
  const find = (id: string) => shown.tasks.find((task: { id: string }) => task.id === id);
  expect(find("other").waitsFor).toMatchObject([{ resource: "ram", amount: 100, capacity: 8_000, inUse: 7_950 }]);
  expect(find("again").waitsFor).toMatchObject([{ rate: "1/h", freeAt }]);
  expect(find("last").waitsFor).toBeNull();
  expect((await runLockstep(folder, "show", "1")).out).toContain("at ram");
});
