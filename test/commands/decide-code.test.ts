import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { callLockstep } from "../support/command-line.ts";
import { runLockstep } from "../support/lockstep-process.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";

function writeWorkflow(folder: string, result: string): void {
  writeFileSync(
    join(folder, "wf.ts"),
    `
import { workflow } from "lockstep";
const wf = workflow("send");
const draft = wf.task("draft", () => "text");
wf.task("send", { needs: { draft }, checkpoint: { message: "Send?", risk: "low" } }, () => ${JSON.stringify(result)});
export default wf;
`,
  );
}

async function createWaiting(): Promise<string> {
  const folder = createTemporaryFolder();
  mkdirSync(join(folder, ".lockstep"), { mode: 0o700 });
  writeWorkflow(folder, "to one");
  const { exitCode } = await runLockstep(folder, "run", "wf.ts");
  expect(exitCode).toBe(3);
  return folder;
}

test("what was approved runs when its file is as it was", async () => {
  const folder = await createWaiting();
  expect((await callLockstep(folder, ["approve", "1.1"])).exitCode).toBe(0);
  const { exitCode, out } = await runLockstep(folder, "resume", "1");
  expect(exitCode).toBe(0);
  expect(out).toContain('result   "to one"');
});

test("an approval of code that was changed before it ran is asked again, and the old one is stale", async () => {
  const folder = await createWaiting();
  expect((await callLockstep(folder, ["approve", "1.1"])).exitCode).toBe(0);
  writeWorkflow(folder, "to everybody");
  const { exitCode, out } = await runLockstep(folder, "resume", "1");
  expect(exitCode).toBe(3);
  expect(out).not.toContain("to everybody");
  const stale = await callLockstep(folder, ["approve", "1.1"]);
  expect(stale.exitCode).toBe(6);
  expect(stale.error).toContain("Look again: lockstep checkpoints 1.2");
  expect((await callLockstep(folder, ["approve", "1.2"])).exitCode).toBe(0);
  expect((await runLockstep(folder, "resume", "1")).out).toContain('result   "to everybody"');
});
