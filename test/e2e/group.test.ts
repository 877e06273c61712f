import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, type TestContext, test } from "vitest";
import { runLockstep } from "../support/lockstep-process.ts";
import { needRootOnLinux } from "../support/need-root.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";

const OPS = 54_000;
const MAIN = join(import.meta.dirname, "../../src/cli/main.ts");

function createProject(group: number | undefined): string {
  const folder = createTemporaryFolder();
  mkdirSync(join(folder, ".lockstep"), { mode: 0o700 });
  writeFileSync(join(folder, "lockstep.config.yaml"), group === undefined ? "{}\n" : `group: "${group}"\n`);
  writeFileSync(join(folder, "hello.yaml"), "tasks: { a: { run: echo hello } }\n");
  return folder;
}

function readLogModes(folder: string, run: string): string[] {
  const logs = join(folder, ".lockstep", "logs");
  const files = readdirSync(join(logs, run)).map((name) => join(logs, run, name));
  return [logs, join(logs, run), ...files].map((path) => (statSync(path).mode & 0o777).toString(8));
}

test("the logs are as open as the database: to nobody, or to a group of the config, whatever the umask", async () => {
  const alone = createProject(undefined);
  expect((await runLockstep(alone, "run", "hello.yaml")).exitCode).toBe(0);
  expect(readLogModes(alone, "1")).toEqual(["700", "700", "600"]);

  const shared = createProject(process.getgid?.());
  expect((await runLockstep(shared, "run", "hello.yaml")).exitCode).toBe(0);
  expect(readLogModes(shared, "1")).toEqual(["770", "770", "660"]);
});

test("members of a group read each other's logs and keep their own; others are told whose they are", async (context) => {
  needRootOnLinux(context, "becoming another user");
  const folder = createProject(OPS);
  chmodSync(folder, 0o755);
  expect((await runLockstep(folder, "run", "hello.yaml")).exitCode).toBe(0);
  const member = (...argv: string[]) => runAsMember(context, folder, argv);
  expect(member("logs", "1")).toMatchObject({ status: 0, stdout: "a | hello\n" });
  expect(member("run", "hello.yaml").status).toBe(0);
  expect(await runLockstep(folder, "logs", "2")).toMatchObject({ exitCode: 0, out: "a | hello\n" });

  chmodSync(join(folder, ".lockstep", "logs"), 0o700); // as it was before the group was let in
  const refused = member("logs", "1");
  expect(refused.stderr).toMatch(/^Cannot open logs: it belongs to root:54000, you are .+ sudo -u root lockstep …/);
  expect(refused.status).toBe(5);
});

function runAsMember(context: TestContext, folder: string, argv: readonly string[]) {
  const become = ["--reuid", "65534", "--regid", "65534", "--groups", String(OPS), process.execPath, MAIN, ...argv];
  const env = { PATH: process.env.PATH, HOME: folder };
  const done = spawnSync("/usr/bin/setpriv", become, { cwd: folder, env, encoding: "utf8", timeout: 30_000 });
  if (done.error !== undefined || /Cannot find module|EACCES.*main\.ts/.test(done.stderr)) {
    console.log(`skipped: ${context.task.name}: another user cannot start it here: ${done.stderr}`);
    context.skip("another user cannot start it here");
  }
  return done;
}
