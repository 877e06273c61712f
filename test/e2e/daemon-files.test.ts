import { chmodSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createDaemonProject, type DaemonProject } from "../support/daemon-project.ts";
import { waitUntil } from "../support/wait-until.ts";

const yearly = (name: string, text = "echo hi", more = ""): string =>
  `name: ${name}\n${more}schedule: { cron: "0 0 1 1 *", timezone: UTC }\ntasks:\n  one: { run: "${text}" }\n`;

const readStatus = async (project: DaemonProject) => (await project.call("status", "--json")).json();
const findWorkflow = async (project: DaemonProject, name: string | null) =>
  (await readStatus(project)).workflows.find((each: { workflow: string | null }) => each.workflow === name);

test("status shows the daemon, its workflows and what comes next; stop ends it from another terminal", async () => {
  const project = createDaemonProject({ "load.yaml": yearly("load") });
  expect((await project.call("stop")).exitCode).toBe(4);
  expect((await project.call("status")).out).toMatch(/^Daemon +none runs\. Start one: lockstep daemon/);
  const daemon = project.start();
  await daemon.awaitText("daemon.ready");
  const status = await readStatus(project);
  expect(status).toMatchObject({
    engine: { kind: "daemon", status: "live", pid: daemon.child.pid },
    database: { path: join(project.folder, ".lockstep/lockstep.db") },
    workflows: [{ workflow: "load", file: join(project.folder, "workflows/load.yaml"), error: null, schedules: 1 }],
    inbox: 0,
    next: [{ workflow: "load", schedule: "load", at: expect.stringMatching(/-01-01T00:00:00\.000Z$/) }],
  });
  const { out } = await project.call("status");
  expect(out).toMatch(/^Daemon +live, since .*, pid \d+ on /);
  expect(out).toContain("workflows/load.yaml");
  const stopped = await project.call("stop");
  expect(stopped).toMatchObject({ exitCode: 0, out: `Daemon ${daemon.child.pid} has ended.\n` });
  expect(await daemon.ended).toMatchObject({ exitCode: 0 });
  expect((await readStatus(project)).engine).toBeNull();
});

test("a broken file is told beside its last good definition, misses its slots, and is used again once it is mended", async () => {
  const tick = (body: string) => `name: load\nschedule: { cron: "* * * * * *", overlap: allow }\n${body}`;
  const project = createDaemonProject({
    "load.yaml": tick("tasks: { one: { run: echo hi } }\n"),
    "bad.yaml": "tasks: 1\n",
  });
  const daemon = project.start();
  await daemon.awaitText("slot.fired");
  expect(await findWorkflow(project, null)).toMatchObject({ file: join(project.folder, "workflows/bad.yaml") });
  project.write("load.yaml", tick("taks: { one: { run: echo hi } }\n"));
  await waitUntil(async () => (await findWorkflow(project, "load")).error !== null, "the mistake is known");
  expect((await findWorkflow(project, "load")).error).toMatch(/^3:1 {2}unknown key "taks"/);
  expect((await project.call("status")).out).toMatch(/still runs as loaded then; 3:1 {2}unknown key "taks"/);
  await waitUntil(async () => countSlots(project, "missed") > 0, "a slot was missed for it");
  expect(project.query("SELECT DISTINCT reason FROM slot WHERE status = 'missed'")).toEqual([
    { reason: "broken_file" },
  ]);
  const fired = countSlots(project, "fired");
  project.write("load.yaml", tick("tasks: { one: { run: echo there } }\n"));
  await waitUntil(async () => countSlots(project, "fired") > fired, "it fires again");
  expect((await findWorkflow(project, "load")).error).toBeNull();
  rmSync(join(project.folder, "workflows/bad.yaml"));
  await waitUntil(async () => (await findWorkflow(project, null)) === undefined, "the file that is gone is forgotten");
});

const countSlots = (project: DaemonProject, status: string): number =>
  project.query(`SELECT 1 FROM slot WHERE status = '${status}'`).length;

test("of two files with one name the second is refused, both are named, and it takes over when the first is gone", async () => {
  const project = createDaemonProject({ "a.yaml": yearly("load", "echo a"), "b.yaml": yearly("load", "echo b") });
  const daemon = project.start();
  await daemon.awaitText("daemon.ready");
  const [a, b] = ["a.yaml", "b.yaml"].map((name) => join(project.folder, "workflows", name));
  expect(await findWorkflow(project, "load")).toMatchObject({ file: a, error: null });
  expect(await findWorkflow(project, null)).toMatchObject({
    file: b,
    error: `The workflow "load" is in ${a} and in ${b}. The first one is used. Rename one of them, or remove its file`,
  });
  rmSync(a ?? "");
  await waitUntil(async () => (await findWorkflow(project, "load"))?.file === b, "the second one is used");
  expect(await findWorkflow(project, null)).toBeUndefined();
  renameSync(b ?? "", a ?? "");
  await waitUntil(async () => (await findWorkflow(project, "load"))?.file === a, "a renamed file is found");
  expect(project.query("SELECT removed_at AS removed FROM schedule")).toEqual([{ removed: null }]);
});

test("a file that everybody may write, a link to one, and one in such a folder are not loaded", async () => {
  const project = createDaemonProject({ "load.yaml": yearly("load") });
  chmodSync(join(project.folder, "workflows/load.yaml"), 0o666);
  const daemon = project.start();
  await daemon.awaitText("daemon.ready");
  expect((await findWorkflow(project, null)).error).toMatch(/everybody may write it.*Run: chmod o-w .*load\.yaml$/);
  chmodSync(join(project.folder, "workflows/load.yaml"), 0o664);
  await waitUntil(async () => (await findWorkflow(project, "load"))?.error === null, "its group may write it");
  await project.call("stop");
  chmodSync(join(project.folder, "workflows"), 0o777);
  const refused = await project.start().ended;
  expect(refused).toMatchObject({ exitCode: 2 });
  expect(refused.error).toContain(`Run: chmod o-w ${join(project.folder, "workflows")}`);
});

test("a folder that is moved away is told by status; what was loaded stays, and is right again when it is back", async () => {
  const project = createDaemonProject({ "load.yaml": yearly("load") });
  const daemon = project.start();
  await daemon.awaitText("daemon.ready");
  const folder = join(project.folder, "workflows");
  renameSync(folder, `${folder}-moved`);
  const missing = `the folder ${folder} is not there`;
  expect((await project.call("status")).out).toContain(`still runs as loaded then; ${missing}`);
  expect(await findWorkflow(project, "load")).toMatchObject({ error: missing, schedules: 1 });
  renameSync(`${folder}-moved`, folder);
  expect(await findWorkflow(project, "load")).toMatchObject({ error: null, schedules: 1 });
});

test("what a workflow imports is watched, and new attempts run the new code", async () => {
  const project = createDaemonProject({
    "greet.ts":
      'import { workflow } from "lockstep";\nimport { word } from "./word.ts";\n' +
      'const wf = workflow("greet");\nwf.task("say", () => word());\nexport default wf;\n',
    "word.ts": 'export const word = () => "old";\n',
  });
  const daemon = project.start();
  await daemon.awaitText("daemon.ready");
  const greet = async () => {
    await project.call("run", "greet", "--detach");
    const shown = await project.call("wait", "@last", "--json");
    return shown.json().result;
  };
  expect(await greet()).toBe("old");
  project.write("word.ts", 'export const word = () => "new and longer";\n');
  const loads = () => project.query<{ at: number }>("SELECT loaded_at AS at FROM workflow")[0]?.at ?? 0;
  const before = loads();
  await waitUntil(async () => loads() > before, "the change is noticed");
  expect(await greet()).toBe("new and longer");
});

test("what the folder lost while no daemon ran is removed, with a row of the ledger for its slots", async () => {
  const project = createDaemonProject({ "load.yaml": yearly("load"), "other.yaml": yearly("other") });
  const first = project.start("--once");
  expect(await first.ended).toMatchObject({ exitCode: 0 });
  rmSync(join(project.folder, "workflows/load.yaml"));
  expect(await project.start("--once").ended).toMatchObject({ exitCode: 0 });
  expect(project.query("SELECT name FROM workflow")).toEqual([{ name: "other" }]);
  expect(project.query("SELECT name FROM schedule WHERE removed_at IS NULL")).toEqual([{ name: "other" }]);
});
