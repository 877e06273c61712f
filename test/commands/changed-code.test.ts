import { mkdirSync, writeFileSync } from "node:fs";
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
