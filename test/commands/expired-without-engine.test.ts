import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { callLockstep } from "../support/command-line.ts";
import { runLockstep, startLockstep } from "../support/lockstep-process.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";

const SLOW = `
import { workflow } from "lockstep";
const wf = workflow("slow");
wf.task("busy", async ({ signal }) => {
  console.log("busy begins");
  await new Promise((resolve) => signal.addEventListener("abort", resolve));
});
wf.task("del", { checkpoint: { message: "Delete?", risk: "low", timeout: "1s", onTimeout: "ON_TIMEOUT" } }, () => "deleted");
export default wf;
`;

/** A run that was killed while its checkpoint was open; returns once the checkpoint's time is over. */
async function killWhileOpen(onTimeout: string): Promise<string> {
  const folder = createTemporaryFolder();
  mkdirSync(join(folder, ".lockstep"), { mode: 0o700 });
  writeFileSync(join(folder, "wf.ts"), SLOW.replace("ON_TIMEOUT", onTimeout));
  const running = startLockstep(folder, ["run", "wf.ts"]);
  const isOpen = async () => (await call(folder, "checkpoints", "--json")).out.includes('"1.1"');
  while (!(await isOpen())) expect(running.child.exitCode).toBeNull();
  running.child.kill("SIGKILL");
  await running.ended;
  const [{ expiresAt }] = (await call(folder, "checkpoints", "--json")).json();
  while (Date.now() <= Date.parse(expiresAt)) await call(folder, "runs");
  return folder;
}

function call(folder: string, ...argv: string[]) {
  return callLockstep(folder, argv);
}

test("a checkpoint that expires while no engine runs is rejected by its timeout, whoever decides then gets exit 6", async () => {
  const folder = await killWhileOpen("reject");
  const late = await call(folder, "approve", "1.1");
  expect(late.error).toMatch(/1\.1 was rejected by its timeout at \d\d:\d\d\. A decision stands once made/);
  expect(late.exitCode).toBe(6);
  const { status, decision } = (await call(folder, "checkpoints", "1.1", "--json")).json();
  expect(status).toBe("rejected");
  expect(decision).toMatchObject({ decision: "reject", by: "timeout" });
  expect((await call(folder, "undo", "1.1")).exitCode).toBe(6);
  const again = await call(folder, "reject", "1.1", "--reason", "me too");
  expect(again.out).toContain("It was decided so before.");
});

test("what the author let be approved by its timeout is approved, and recorded as the timeout's", async () => {
  const folder = await killWhileOpen("approve");
  const late = await call(folder, "reject", "1.1", "--reason", "no");
  expect(late.error).toContain("1.1 was approved by its timeout");
  expect(late.exitCode).toBe(6);
});

test("with hold it stays open, overdue, and can be approved", async () => {
  const folder = await killWhileOpen("hold");
  const shown = await call(folder, "checkpoints", "1.1");
  expect(shown.out).toContain("holds, since its time was over");
  expect((await call(folder, "approve", "1.1")).exitCode).toBe(0);
  const { decision } = (await call(folder, "checkpoints", "1.1", "--json")).json();
  expect(decision).toMatchObject({ decision: "approve" });
  expect((await runLockstep(folder, "cancel", "1")).exitCode).toBe(0);
});
