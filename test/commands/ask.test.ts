import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { callLockstep, type Ran } from "../support/command-line.ts";
import { type LockstepProcess, startLockstep } from "../support/lockstep-process.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";

const MAIN = join(import.meta.dirname, "../../src/cli/main.ts");

/** A run whose only task asks, and tries to answer itself; its database lies where its folder would not lead. */
function startAsking(script: string): { folder: string; running: LockstepProcess } {
  const folder = createTemporaryFolder();
  mkdirSync(join(folder, "elsewhere"), { mode: 0o700 });
  const lockstep = `"${process.execPath}" "${MAIN}"`;
  const text = script.replaceAll("LOCKSTEP", lockstep);
  writeFileSync(join(folder, "gate.yaml"), `tasks: { deploy: { run: ${JSON.stringify(text)}, output: text } }\n`);
  return { folder, running: startLockstep(folder, ["run", "gate.yaml", "--db", "elsewhere/lockstep.db"]) };
}

function call(folder: string, ...argv: string[]): Promise<Ran> {
  return callLockstep(folder, [...argv, "--db", "elsewhere/lockstep.db"]);
}

/** Waits for the question of the run; each look is a command of its own. */
async function awaitQuestion(folder: string, running: LockstepProcess) {
  let hasEnded = false;
  void running.ended.then(() => {
    hasEnded = true;
  });
  for (;;) {
    if (hasEnded) throw new Error(JSON.stringify(await running.ended));
    const { exitCode, out } = await call(folder, "checkpoints", "--json");
    const [first] = exitCode === 0 ? JSON.parse(out) : [];
    if (first !== undefined) return first;
  }
}

test("a question that a task asks belongs to its run: it shows why the task waits, and its answer lets it go on", async () => {
  const { folder, running } = startAsking('LOCKSTEP ask "Deploy now?" --risk high && echo deployed');
  const { id, hash, task } = await awaitQuestion(folder, running);
  expect([id, task]).toEqual(["1.1", "deploy"]);
  expect((await call(folder, "why", "1", "deploy")).out).toContain(
    "waits for the answer to 1.1, in its slot: Deploy now?",
  );
  expect((await call(folder, "runs")).out).toMatch(/1 .*gate .*running .*lockstep checkpoints/);
  expect((await call(folder, "show", "1")).out).toMatch(/deploy .*running .*asks 1\.1/);
  expect((await call(folder, "show", "1", "--json")).json().checkpoints).toMatchObject([{ id: "1.1", kind: "ask" }]);
  expect((await call(folder, "approve", id, "--if-hash", hash)).exitCode).toBe(0);
  const { exitCode, out } = await running.ended;
  expect(out).toContain("deployed");
  expect(exitCode).toBe(0);
});

test.each(["SIGINT", "SIGTERM"] as const)("an interrupted question is no answer: %s leaves it open", async (signal) => {
  const folder = createTemporaryFolder();
  mkdirSync(join(folder, "elsewhere"), { mode: 0o700 });
  const asking = startLockstep(folder, ["ask", "Deploy now?", "--db", "elsewhere/lockstep.db"]);
  const { id } = await awaitQuestion(folder, asking);
  asking.child.kill(signal);
  expect(await asking.ended).toMatchObject({ exitCode: 130, out: `${id} waits: lockstep approve ${id}\n` });
  expect((await call(folder, "checkpoints", id, "--json")).json()).toMatchObject({ status: "open" });
});

test("what a task asks becomes void when its run is canceled, and the program that waits is denied", async () => {
  const { folder, running } = startAsking(
    'trap "" TERM; LOCKSTEP ask "Deploy now?" > "$PWD/answer" || echo "denied: $?" >> "$PWD/answer"; sleep 30',
  );
  const { id } = await awaitQuestion(folder, running);
  await call(folder, "cancel", "1");
  expect((await running.ended).exitCode).toBe(1);
  const { status } = (await call(folder, "checkpoints", id, "--json")).json();
  expect(status).toBe("void");
  const late = await call(folder, "approve", id, "--if-hash", "000000");
  expect(late.exitCode).toBe(6);
});

test("a task decides no question of its own, and nothing of medium risk: it is an agent", async () => {
  const { folder, running } = startAsking(
    `LOCKSTEP ask "May I?" --risk low --no-wait || LOCKSTEP approve 1.1 || echo "own $?"
LOCKSTEP ask "May you?" --no-wait || LOCKSTEP approve 1.2 --if-hash 000000 || echo "other $?"`,
  );
  expect((await running.ended).exitCode).toBe(0);
  const { out } = await call(folder, "logs", "1", "deploy");
  expect(out).toContain("1.1 was asked by task deploy of #1: nobody decides a question of its own");
  expect(out).toContain("own 6");
  expect(out).toContain("other 6");
});
