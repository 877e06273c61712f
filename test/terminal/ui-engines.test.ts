import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type LockstepProcess, startLockstep } from "../support/lockstep-process.ts";
import { openScreen, type Screen } from "../support/screen.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";

const RELEASE = `
import { workflow } from "lockstep";
const wf = workflow("release", { schedule: { cron: "30 2 * * *", timezone: "UTC" } });
const build = wf.task("build", () => "built");
wf.task("deploy", { needs: { build }, checkpoint: { message: "Deploy it?", risk: "low" } }, () => "deployed");
export default wf;
`;
const BUSY = `
import { workflow } from "lockstep";
const wf = workflow("busy");
wf.task("long", async ({ signal }) => {
  await new Promise((resolve) => signal.addEventListener("abort", resolve));
});
wf.task("deploy", { checkpoint: { message: "Deploy beside it?", risk: "low" } }, () => "deployed");
export default wf;
`;

function createProject(files: Readonly<Record<string, string>>): string {
  const folder = createTemporaryFolder();
  mkdirSync(join(folder, ".lockstep"), { mode: 0o700 });
  mkdirSync(join(folder, "workflows"), { mode: 0o700 });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text, { mode: 0o600 });
  return folder;
}

async function startDaemon(folder: string): Promise<LockstepProcess> {
  const daemon = startLockstep(folder, ["daemon", "--workflows", "workflows"]);
  await daemon.awaitText("daemon.ready");
  return daemon;
}

async function approveInInbox(screen: Screen, question: string): Promise<void> {
  await screen.waitFor(question);
  await screen.press("a");
  await screen.waitFor("Enter: yes");
  await screen.press("enter");
}

test("with a daemon the header says so, and what is approved starts at once, which the message tells", async () => {
  const folder = createProject({ "workflows/release.ts": RELEASE });
  const daemon = await startDaemon(folder);
  const queued = await startLockstep(folder, ["run", "release", "--detach"]).ended;
  expect(queued.exitCode).toBe(0);
  const screen = openScreen(["ui"], { cwd: folder });
  await screen.waitFor(/daemon up \d+s/);
  await approveInInbox(screen, "Deploy it?");
  await screen.waitFor(/Approved 1\.1\. (It goes on|deploy starts) now \(daemon\)\./);
  await screen.press("2");
  await screen.waitFor(/› 1 +release +succeeded/);
  await screen.press("3");
  await screen.waitFor(/release +30 2 \* \* \* +UTC +\w{3} 02:30 .* on/);
  daemon.child.kill("SIGKILL");
  await daemon.ended;
  await screen.waitFor("no engine");
});

test("a run in the foreground acts on what is approved elsewhere, and the message names its process", async () => {
  const folder = createProject({ "busy.ts": BUSY });
  const running = startLockstep(folder, ["run", "busy.ts"]);
  const screen = openScreen(["ui"], { cwd: folder });
  await screen.waitFor("Deploy beside it?");
  await screen.press("enter");
  await screen.waitFor("APPROVE");
  await screen.press("a");
  await screen.waitFor(`Approved 1.1. deploy starts now (run in pid ${running.child.pid}).`);
  await screen.waitFor(/low +applied/);
  await screen.press("o");
  await screen.waitFor(/deploy +succeeded/);
});
