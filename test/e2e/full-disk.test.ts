import { closeSync, existsSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { findDamage, findMissing, listRecorded, parseEffects } from "../support/effects-history.ts";
import { startLockstep } from "../support/lockstep-process.ts";
import { mountTmpfs } from "../support/mounted-tmpfs.ts";
import { openTestStore } from "../support/open-test-store.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";
import { waitUntil } from "../support/wait-until.ts";

/** Its second layer waits for a file, so that the disk fills while it runs, and prints to its logs on that disk. */
const WORKFLOW = `
import { appendFileSync, existsSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { workflow } from "lockstep";
const note = (call, phase) => {
  const effect = { key: call.idempotencyKey, attempt: call.attempt, phase, pid: process.ppid };
  appendFileSync("effects.jsonl", JSON.stringify(effect) + "\\n");
};
const wf = workflow("filling");
const first = wf.task("first", (call) => { note(call, "begin"); note(call, "done"); return 1; });
const held = [0, 1, 2, 3].map((n) => wf.task("held" + n, { after: [first] }, async (call) => {
  note(call, "begin");
  while (!existsSync("go")) await wait(10);
  console.log("y".repeat(50_000));
  note(call, "done");
  return "x".repeat(60_000);
}));
const last = wf.task("last", { needs: held }, (call) => { note(call, "begin"); note(call, "done"); return Object.keys(call.needs).length; });
wf.returns(last);
export default wf;
`;

/** Writes a file until the disk takes no more of it. */
function fill(path: string): void {
  const file = openSync(path, "w");
  try {
    for (const size of [65_536, 4_096, 1]) writeUntilFull(file, Buffer.alloc(size));
  } finally {
    closeSync(file);
  }
}

function writeUntilFull(file: number, part: Buffer): void {
  try {
    for (;;) writeSync(file, part);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
  }
}

test("a run whose disk fills up waits for space, says so, and goes on to its end once there is some", async (context) => {
  const { folder: disk } = mountTmpfs(context, 2_048);
  const folder = createTemporaryFolder();
  const path = join(disk, "state", "lockstep.db");
  const effectsFile = join(folder, "effects.jsonl");
  const readEffects = () => (existsSync(effectsFile) ? parseEffects(readFileSync(effectsFile, "utf8")) : []);
  writeFileSync(join(folder, "filling.ts"), WORKFLOW);
  const run = startLockstep(folder, ["run", "filling.ts"], { LOCKSTEP_DB: path });
  await waitUntil(() => readEffects().filter(({ phase }) => phase === "begin").length === 5, "the second layer runs");
  fill(join(disk, "filler"));
  writeFileSync(join(folder, "go"), "");
  await run.awaitText("Waiting for space, for up to 5 minutes.");
  await waitUntil(() => readEffects().filter(({ phase }) => phase === "done").length === 5, "all of it is done");
  const store = await openTestStore({ path, access: "read" });
  const statuses = store.sqlite.prepare<[], string>("SELECT status FROM task ORDER BY idx").pluck();
  expect(statuses.all()).toEqual(["succeeded", "running", "running", "running", "running", "pending"]);
  rmSync(join(disk, "filler"));
  expect(await run.ended).toMatchObject({ exitCode: 0, out: expect.stringContaining("result   4") });
  expect(statuses.all()).toEqual(Array.from({ length: 6 }, () => "succeeded"));
  expect(readEffects()).toHaveLength(12);
  expect(findMissing(listRecorded(store.sqlite), readEffects())).toEqual([]);
  expect(findDamage(store.sqlite)).toEqual([]);
});
