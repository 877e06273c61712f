import { expect, test } from "vitest";
import { z } from "zod";
import { ConflictError, StaleDecisionError, workflow } from "../../src/index.ts";
import { openForTest } from "../../src/testing.ts";
import { ALICE, BOB, getOpen } from "../support/open-gate.ts";

function createDeploy(checkpoint: object = {}) {
  const ran: string[] = [];
  const wf = workflow("deploy", { input: z.object({ version: z.string() }) });
  const build = wf.task("build", ({ input }) => ({ file: `${input.version}.tgz` }));
  const deploy = wf.task(
    "deploy",
    { needs: { build }, checkpoint: { message: "Deploy?", risk: "high", ...checkpoint } },
    ({ needs, feedback, answers }) => {
      ran.push(needs.build.file);
      return { deployed: needs.build.file, feedback: feedback ?? null, answers: answers ?? null };
    },
  );
  wf.task("notify", { needs: { deploy } }, () => void ran.push("notify"));
  wf.returns(deploy);
  return { wf, ran };
}

test("a task with a checkpoint waits, and its run holds no slot until it is approved", async () => {
  const { wf, ran } = createDeploy();
  await using lockstep = await openForTest({ workflows: [wf] });
  const run = lockstep.start(wf, { version: "1" });
  await lockstep.advance("1h");
  expect(run.status()).toBe("waiting");
  expect(ran).toEqual([]);
  const checkpoint = getOpen(lockstep);
  expect(checkpoint).toMatchObject({ id: "1.1", kind: "task", task: "deploy", message: "Deploy?", risk: "high" });
  expect(lockstep.decide(checkpoint, { decision: "approve" }, ALICE)).toEqual({ outcome: "applied" });
  await lockstep.advance("1s");
  expect(run.status()).toBe("succeeded");
  expect(ran).toEqual(["1.tgz", "notify"]);
  expect(lockstep.checkpoints()).toEqual([]);
});

test("a rejected checkpoint skips what is downstream, and the run ends as canceled with the reason", async () => {
  const { wf, ran } = createDeploy();
  await using lockstep = await openForTest({ workflows: [wf] });
  const run = lockstep.start(wf, { version: "1" });
  await lockstep.advance("1s");
  lockstep.decide(getOpen(lockstep), { decision: "reject", reason: "wrong host" }, BOB);
  await lockstep.advance("1s");
  expect(run.status()).toBe("canceled");
  expect(ran).toEqual([]);
  await expect(run.result()).rejects.toThrow("rejected by bob: wrong host");
});

test("the same decision twice is one, and a different one conflicts: the first stands", async () => {
  const { wf, ran } = createDeploy();
  await using lockstep = await openForTest({ workflows: [wf] });
  lockstep.start(wf, { version: "1" });
  await lockstep.advance("1s");
  const seen = getOpen(lockstep);
  lockstep.decide(seen, { decision: "reject", reason: "wrong host" }, BOB);
  expect(lockstep.decide(seen, { decision: "reject", reason: "other words" }, ALICE)).toEqual({ outcome: "repeated" });
  expect(() => lockstep.decide(seen, { decision: "approve" }, ALICE)).toThrow(ConflictError);
  await lockstep.advance("1s");
  expect(() => lockstep.decide(seen, { decision: "approve" }, ALICE)).toThrow(
    /^1\.1 was rejected by bob@srv1 at \d\d:\d\d \("wrong host"\)\. A decision stands once made\. Run again: lockstep retry 1$/,
  );
  expect(ran).toEqual([]);
});

test("a rejected task is asked for again when its run is retried", async () => {
  const { wf, ran } = createDeploy();
  await using lockstep = await openForTest({ workflows: [wf] });
  const run = lockstep.start(wf, { version: "1" });
  await lockstep.advance("1s");
  lockstep.decide(getOpen(lockstep), { decision: "reject", reason: "not yet" }, BOB);
  await lockstep.advance("1s");
  run.retry();
  await lockstep.advance("1s");
  expect(run.status()).toBe("waiting");
  expect(ran).toEqual([]);
  const again = getOpen(lockstep);
  expect(again).toMatchObject({ id: "1.2", round: 2 });
  lockstep.decide(again, { decision: "approve" }, ALICE);
  await lockstep.advance("1s");
  expect(run.status()).toBe("succeeded");
});

test("redo runs what the task needs again with the feedback, and what was seen before is stale", async () => {
  const told: (string | undefined)[] = [];
  const wf = workflow("report");
  const draft = wf.task("draft", ({ feedback }) => {
    told.push(feedback);
    return { text: `draft ${told.length}` };
  });
  wf.task("send", { needs: { draft }, checkpoint: { message: "Send?" } }, ({ needs }) => needs.draft.text);
  await using lockstep = await openForTest({ workflows: [wf] });
  const run = lockstep.start(wf, undefined);
  await lockstep.advance("1s");
  const first = getOpen(lockstep);
  lockstep.decide(first, { decision: "redo", feedback: "shorter" }, ALICE);
  await lockstep.advance("1s");
  expect(told).toEqual([undefined, "shorter"]);
  const second = getOpen(lockstep);
  expect(second.hash).not.toBe(first.hash);
  expect(() => lockstep.decide({ ...second, hash: first.hash }, { decision: "approve" }, ALICE)).toThrow(
    StaleDecisionError,
  );
  lockstep.decide(second, { decision: "approve" }, ALICE);
  await lockstep.advance("1s");
  expect(await run.result()).toBe("draft 2");
});

test("a sixth redo is refused", async () => {
  const wf = workflow("endless");
  const draft = wf.task("draft", () => 1);
  wf.task("send", { needs: { draft }, checkpoint: { message: "Send?" } }, () => 1);
  await using lockstep = await openForTest({ workflows: [wf] });
  lockstep.start(wf, undefined);
  await lockstep.advance("1s");
  for (let round = 1; round <= 5; round++) {
    lockstep.decide(getOpen(lockstep), { decision: "redo", feedback: `again ${round}` }, ALICE);
    await lockstep.advance("1s");
  }
  expect(() => lockstep.decide(getOpen(lockstep), { decision: "redo", feedback: "more" }, ALICE)).toThrow(
    "was sent back 5 times already",
  );
});

test("the task gets what was filled in of the form, and a form that does not fit is refused", async () => {
  const { wf } = createDeploy({ fields: z.object({ host: z.string(), weight: z.int().min(1) }) });
  await using lockstep = await openForTest({ workflows: [wf] });
  const run = lockstep.start(wf, { version: "1" });
  await lockstep.advance("1s");
  const checkpoint = getOpen(lockstep);
  expect(() => lockstep.decide(checkpoint, { decision: "approve" }, ALICE)).toThrow("its form does not fit its schema");
  const wrong = { host: "a", weight: 0 };
  expect(() => lockstep.decide(checkpoint, { decision: "approve", answers: wrong }, ALICE)).toThrow("at weight");
  lockstep.decide(checkpoint, { decision: "approve", answers: { host: "a", weight: 2 } }, ALICE);
  await lockstep.advance("1s");
  expect(await run.result()).toMatchObject({ answers: { host: "a", weight: 2 } });
});

test("a checkpoint without onTimeout is held for ever", async () => {
  const { wf, ran } = createDeploy({ timeout: "1h" });
  await using lockstep = await openForTest({ workflows: [wf] });
  const run = lockstep.start(wf, { version: "1" });
  await lockstep.advance("2h");
  expect(run.status()).toBe("waiting");
  expect(getOpen(lockstep).expiresAt).not.toBeNull();
  expect(ran).toEqual([]);
});

test("a checkpoint ends by its timeout as its author wrote, and not before", async () => {
  const { wf, ran } = createDeploy({ timeout: "1h", onTimeout: "reject" });
  await using lockstep = await openForTest({ workflows: [wf] });
  const run = lockstep.start(wf, { version: "1" });
  await lockstep.advance("59m");
  expect(run.status()).toBe("waiting");
  await lockstep.advance("2m");
  expect(run.status()).toBe("canceled");
  expect(ran).toEqual([]);
  await expect(run.result()).rejects.toThrow("rejected by timeout");
});

test("onTimeout approve approves, because its author wrote so", async () => {
  const { wf } = createDeploy({ timeout: "1h", onTimeout: "approve" });
  await using lockstep = await openForTest({ workflows: [wf] });
  const run = lockstep.start(wf, { version: "1" });
  await lockstep.advance("61m");
  expect(run.status()).toBe("succeeded");
});

test("a canceled run leaves no checkpoint open, and it cannot be decided any more", async () => {
  const { wf, ran } = createDeploy();
  await using lockstep = await openForTest({ workflows: [wf] });
  const run = lockstep.start(wf, { version: "1" });
  await lockstep.advance("1s");
  const seen = getOpen(lockstep);
  run.cancel("no more");
  expect(lockstep.checkpoints()).toEqual([]);
  expect(() => lockstep.decide(seen, { decision: "approve" }, ALICE)).toThrow("1.1 is void");
  await lockstep.advance("1s");
  expect(ran).toEqual([]);
});

test("a paused run stays paused when it is decided, and goes on when it is resumed", async () => {
  const { wf } = createDeploy();
  await using lockstep = await openForTest({ workflows: [wf] });
  const run = lockstep.start(wf, { version: "1" });
  await lockstep.advance("1s");
  run.pause();
  lockstep.decide(getOpen(lockstep), { decision: "approve" }, ALICE);
  await lockstep.advance("1s");
  expect(run.status()).toBe("paused");
  run.resume();
  await lockstep.advance("1s");
  expect(run.status()).toBe("succeeded");
});
