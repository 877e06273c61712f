import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { callLockstep } from "../support/command-line.ts";
import { runLockstep } from "../support/lockstep-process.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";

const write = (folder: string, body: string): void =>
  writeFileSync(
    join(folder, "wf.ts"),
    `import { workflow } from "lockstep";
const wf = workflow("changing");
const first = wf.task("first", () => "kept");
${body}
export default wf;
`,
  );

async function createFailed(): Promise<string> {
  const folder = createTemporaryFolder();
  mkdirSync(join(folder, ".lockstep"), { mode: 0o700 });
  write(folder, `wf.task("second", { needs: { first } }, () => { throw new Error("old code"); });`);
  expect((await runLockstep(folder, "run", "wf.ts")).exitCode).toBe(1);
  return folder;
}

test("a run that goes on runs the code that its file has now, and an event tells of the change", async () => {
  const folder = await createFailed();
  write(folder, `wf.task("second", { needs: { first } }, ({ needs }) => needs.first + " by new code");`);
  const { exitCode, out } = await runLockstep(folder, "retry", "1");
  expect(out).toContain('result   "kept by new code"');
  expect(exitCode).toBe(0);
  const events = await callLockstep(folder, ["events", "--json"]);
  expect(events.out).toContain('"run.code_changed"');
});

test("a task that the file no longer has fails with an error that says so", async () => {
  const folder = await createFailed();
  write(folder, `wf.task("third", { needs: { first } }, () => 3);`);
  const { exitCode, out } = await runLockstep(folder, "retry", "1");
  expect(exitCode).toBe(1);
  expect(out).toContain(`has no task "second" any more`);
});

/** Ends its engine at its first attempt. */
const KILLS = `(call) => { if (call.attempt === 1) process.kill(process.ppid, "SIGKILL"); return call.needs.first; }`;

async function createKilled(): Promise<string> {
  const folder = createTemporaryFolder();
  mkdirSync(join(folder, ".lockstep"), { mode: 0o700 });
  write(folder, `wf.task("second", { needs: { first } }, ${KILLS});`);
  expect((await runLockstep(folder, "run", "wf.ts")).signal).toBe("SIGKILL");
  return folder;
}

test("a resumed run keeps its graph: what the file has more is not run, what stands elsewhere is found by its name", async () => {
  const folder = await createKilled();
  writeFileSync(
    join(folder, "wf.ts"),
    `import { workflow } from "lockstep";
const wf = workflow("changing");
wf.task("more", () => { throw new Error("is not of that run"); });
const first = wf.task("first", () => { throw new Error("was recorded"); });
wf.task("another", { needs: { first } }, () => { throw new Error("is not of that run"); });
wf.task("second", { needs: { first } }, ({ needs, attempt }) => needs.first + " by attempt " + attempt);
export default wf;
`,
  );
  const resumed = await runLockstep(folder, "resume", "1");
  expect([resumed.exitCode, resumed.error]).toEqual([
    0,
    expect.stringContaining("1 result kept, 1 attempt begins again"),
  ]);
  expect(resumed.out).toContain('result   "kept by attempt 2"');
  const { tasks } = (await callLockstep(folder, ["show", "1", "--json"])).json();
  expect(tasks.map(({ id }: { id: string }) => id)).toEqual(["first", "second"]);
  const events = (await callLockstep(folder, ["events", "--json"])).out;
  expect(events.split("run.code_changed")).toHaveLength(2);
  expect((await callLockstep(folder, ["why", "1", "second"])).out).toContain("was interrupted and ran again");
});

test("a YAML file that has changed meanwhile runs its new commands, and one that is the same tells of no change", async () => {
  for (const [body, out, changes] of [
    ["echo again", "again", 0],
    ["echo new", "new", 1],
  ] as const) {
    const folder = createTemporaryFolder();
    mkdirSync(join(folder, ".lockstep"), { mode: 0o700 });
    const file = (run: string): string =>
      `name: changing\ntasks:\n  only: { run: "if [ ! -e killed ]; then touch killed; kill -KILL $PPID; sleep 60; fi; ${run}", output: text }\n`;
    writeFileSync(join(folder, "wf.yaml"), file("echo again"));
    expect((await runLockstep(folder, "run", "wf.yaml")).signal).toBe("SIGKILL");
    writeFileSync(join(folder, "wf.yaml"), file(body));
    expect(await runLockstep(folder, "resume", "1")).toMatchObject({
      exitCode: 0,
      out: expect.stringContaining(`result   "${out}"`),
    });
    const events = (await callLockstep(folder, ["events", "--json"])).out;
    expect(events.split("run.code_changed")).toHaveLength(1 + changes);
  }
});

test("a file that is gone, or is broken now, starts nothing, and says which file; with it the run goes on", async () => {
  const folder = await createKilled();
  const body = `wf.task("second", { needs: { first } }, ${KILLS});`;
  rmSync(join(folder, "wf.ts"));
  const gone = await runLockstep(folder, "resume", "1");
  expect([gone.exitCode, gone.error]).toEqual([4, expect.stringContaining("wf.ts")]);
  write(folder, "this is no code");
  const broken = await runLockstep(folder, "resume", "1");
  expect([broken.exitCode, broken.error]).toEqual([2, expect.stringContaining("wf.ts:4")]);
  write(folder, body);
  expect(await runLockstep(folder, "resume", "1")).toMatchObject({
    exitCode: 0,
    out: expect.stringContaining('result   "kept"'),
  });
});
