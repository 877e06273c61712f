import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type LockstepProcess, runLockstep, startLockstep } from "../support/lockstep-process.ts";
import { suspendBetweenTransactions } from "../support/suspend.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";
import { waitUntil } from "../support/wait-until.ts";

/** Writes which process did what, and lasts until there is a file `go`. */
const WORKFLOW = `
import { appendFileSync, existsSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { workflow } from "lockstep";
const note = (run, line) => appendFileSync("happened", run.id + " " + process.ppid + " " + line + "\\n");
const wf = workflow("shared");
const held = wf.task("held", async ({ run }) => {
  note(run, "held");
  while (!existsSync("go")) await wait(10);
});
wf.task("last", { after: [held] }, ({ run }) => note(run, "last"));
export default wf;
`;

interface Happened {
  readonly run: string;
  readonly engine: number;
  readonly task: string;
}

function createShared(): string {
  const folder = createTemporaryFolder();
  mkdirSync(join(folder, ".lockstep"), { mode: 0o700 });
  writeFileSync(join(folder, "shared.ts"), WORKFLOW);
  writeFileSync(join(folder, "happened"), "");
  return folder;
}

function readHappened(folder: string): Happened[] {
  const lines = readFileSync(join(folder, "happened"), "utf8").split("\n").slice(0, -1);
  return lines.map((line) => {
    const [run = "", engine, task = ""] = line.split(" ");
    return { run, engine: Number(engine), task };
  });
}

async function startShared(folder: string): Promise<LockstepProcess> {
  const before = readHappened(folder).length;
  const run = startLockstep(folder, ["run", "shared.ts"]);
  await waitUntil(() => readHappened(folder).length === before + 1, "its first task runs");
  return run;
}

test("a second process is refused a run that one executes, and is told which process it is", async () => {
  const folder = createShared();
  const owner = await startShared(folder);
  const refused = await runLockstep(folder, "resume", "1");
  expect([refused.exitCode, refused.error.trim()]).toEqual([
    6,
    `#1 shared is being executed by another engine (a command, process ${owner.child.pid}). Nothing was done. Follow it: lockstep wait 1`,
  ]);
  expect((await runLockstep(folder, "retry", "1")).exitCode).toBe(6);
  writeFileSync(join(folder, "go"), "");
  expect((await owner.ended).exitCode).toBe(0);
  expect(readHappened(folder).map(({ engine, task }) => [engine, task])).toEqual([
    [owner.child.pid, "held"],
    [owner.child.pid, "last"],
  ]);
});

test("of two that resume a run at once, one executes it and the other is refused", async () => {
  const folder = createShared();
  const first = await startShared(folder);
  first.child.kill("SIGKILL");
  await first.ended;
  const both = [startLockstep(folder, ["resume", "1"]), startLockstep(folder, ["resume", "1"])];
  await Promise.race(both.map(({ ended }) => ended));
  writeFileSync(join(folder, "go"), "");
  const ended = await Promise.all(both.map((each) => each.ended));
  expect(ended.map(({ exitCode }) => exitCode).sort()).toEqual([0, 6]);
  const winner = both[ended.findIndex(({ exitCode }) => exitCode === 0)];
  const after = readHappened(folder).slice(1);
  expect(after.map(({ engine, task }) => [engine, task])).toEqual([
    [winner?.child.pid, "held"],
    [winner?.child.pid, "last"],
  ]);
});

test("two processes execute two runs of one file side by side, each its own", async () => {
  const folder = createShared();
  const runs = [await startShared(folder), await startShared(folder)];
  writeFileSync(join(folder, "go"), "");
  for (const run of runs) expect((await run.ended).exitCode).toBe(0);
  const owners = (task: string) =>
    readHappened(folder)
      .filter((each) => each.task === task)
      .sort((one, other) => Number(one.run) - Number(other.run))
      .map(({ engine }) => engine);
  expect(owners("held")).toEqual(runs.map(({ child }) => child.pid));
  expect(owners("last")).toEqual(runs.map(({ child }) => child.pid));
});

test("a process that is stopped for a while keeps its run: its lock is held, and it goes on when it is continued", async () => {
  const folder = createShared();
  const owner = await startShared(folder);
  await suspendBetweenTransactions(owner.child, join(folder, ".lockstep/lockstep.db"));
  const refused = await runLockstep(folder, "resume", "1");
  expect([refused.exitCode, refused.error]).toEqual([6, expect.stringContaining(`process ${owner.child.pid}`)]);
  expect((await runLockstep(folder, "runs")).out).toMatch(/shared +running/);
  writeFileSync(join(folder, "go"), "");
  owner.child.kill("SIGCONT");
  expect((await owner.ended).exitCode).toBe(0);
  expect(readHappened(folder).map(({ engine }) => engine)).toEqual([owner.child.pid, owner.child.pid]);
});

test("a process whose database is taken away stops within a moment, and does not say that nothing is lost", async () => {
  const folder = createShared();
  const owner = await startShared(folder);
  rmSync(join(folder, ".lockstep"), { recursive: true });
  const { exitCode, error } = await owner.ended;
  expect([exitCode, error]).toEqual([5, expect.stringContaining("was removed or replaced")]);
  expect(error).not.toContain("Nothing is lost");
});

test.each([
  ["removed", (database: string) => rmSync(database)],
  ["renamed", (database: string) => renameSync(database, `${database}.old`)],
  ["replaced", (database: string) => renameSync(createEmptyFile(`${database}.new`), database)],
])("a process whose database file alone is %s stops within a moment, and says what to do", async (_, takeAway) => {
  const folder = createShared();
  const owner = await startShared(folder);
  takeAway(join(folder, ".lockstep", "lockstep.db"));
  const { exitCode, error } = await owner.ended;
  expect([exitCode, error]).toEqual([5, expect.stringContaining("lockstep.db was removed, renamed or replaced")]);
  expect(error).toContain("Put the file back beside its lockstep.db-wal");
  expect(error).not.toContain("Nothing is lost");
});

test("a file that was renamed beneath its engine is put back, and nothing is lost", async () => {
  const folder = createShared();
  const owner = await startShared(folder);
  const database = join(folder, ".lockstep", "lockstep.db");
  renameSync(database, `${database}.old`);
  await owner.ended;
  renameSync(`${database}.old`, database);
  writeFileSync(join(folder, "go"), "");
  expect((await runLockstep(folder, "resume", "--all")).exitCode).toBe(0);
});

function createEmptyFile(path: string): string {
  writeFileSync(path, "", { mode: 0o600 });
  return path;
}

test("pause says how many tasks still run: the instances of a map, and not the map", async () => {
  const folder = createShared();
  const command = "touch begun.$LOCKSTEP_INDEX; until [ -e go ]; do sleep 0.1; done";
  writeFileSync(join(folder, "map.yaml"), `tasks: { each: { map: { over: [1, 2, 3] }, run: '${command}' } }\n`);
  const owner = startLockstep(folder, ["run", "map.yaml"]);
  const countBegun = () => readdirSync(folder).filter((name) => name.startsWith("begun.")).length;
  await waitUntil(() => countBegun() === 3, "the instances run");
  expect((await runLockstep(folder, "pause", "1")).out).toContain("once what runs has ended (3 tasks)");
  writeFileSync(join(folder, "go"), "");
  await owner.ended;
  expect((await runLockstep(folder, "show", "1")).out).toContain("succeeded");
});
