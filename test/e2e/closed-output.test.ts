import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startLockstep } from "../support/lockstep-process.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";

/** What reads the output is gone before anything was written, as after a timeout of whoever started the command. */
function startUnread(cwd: string, argv: readonly string[]): ReturnType<typeof startLockstep> {
  const started = startLockstep(cwd, argv, { LOCKSTEP_DB: join(cwd, "l.db") });
  started.child.stdout?.destroy();
  return started;
}

async function ask(cwd: string, argv: readonly string[]): Promise<number | null> {
  return (await startUnread(cwd, ["ask", "Run it?", ...argv]).ended).exitCode;
}

test("a question whose asker reads no more is no approval: neither open, nor denied", async () => {
  const cwd = createTemporaryFolder();
  expect(await ask(cwd, ["--no-wait"])).toBe(3);
  expect(await ask(cwd, ["--timeout", "1ms"])).toBe(1);
});

test("the exit code of a failed run is its own where nobody reads what it prints", async () => {
  const cwd = createTemporaryFolder();
  writeFileSync(join(cwd, "bad.yaml"), "tasks: { fail: { run: exit 3 } }\n");
  expect((await startUnread(cwd, ["run", "bad.yaml", "--json"]).ended).exitCode).toBe(1);
});

test("what follows ends once its reader has seen enough", async () => {
  const cwd = createTemporaryFolder();
  expect(await ask(cwd, ["--no-wait"])).toBe(3);
  expect((await startUnread(cwd, ["events", "-f"]).ended).exitCode).toBe(0);
});
