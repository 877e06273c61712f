import { once } from "node:events";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import { open, workflow } from "../../src/index.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";

/** Longer than an engine's connection waits for a lock at once. */
const HELD_MS = 300;

/** Has the file's write lock, from the moment at which it resolves, for 300 ms. */
async function holdLock(db: string): Promise<void> {
  const script = `
    const { parentPort, workerData } = require("node:worker_threads");
    const db = new (require("better-sqlite3"))(workerData);
    db.exec("BEGIN IMMEDIATE");
    parentPort.postMessage("holds");
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ${HELD_MS});
    db.exec("COMMIT");
    db.close();`;
  await once(new Worker(script, { eval: true, workerData: db }), "message");
}

test("a decision, a cancel and a start wait for their turn where another process is writing", async () => {
  const wf = workflow("asking");
  wf.task("ask", { checkpoint: { message: "Go on?", risk: "low" } }, () => "done");
  const db = join(createTemporaryFolder(), "lockstep.db");
  await using lockstep = await open({ db, workflows: [wf] });
  const [decided, canceled] = [lockstep.start(wf, {}), lockstep.start(wf, {})];
  await expect.poll(() => lockstep.checkpoints().length).toBe(2);
  const [checkpoint] = lockstep.checkpoints({ run: decided.id });
  if (checkpoint === undefined) throw new Error("it is open");
  await holdLock(db);
  lockstep.decide(checkpoint, { decision: "approve" }, { kind: "person", name: "ada" });
  await holdLock(db);
  canceled.cancel("not needed");
  await holdLock(db);
  const third = lockstep.start(wf, {});
  expect([await decided.result(), canceled.status()]).toEqual(["done", "canceled"]);
  third.cancel();
});
