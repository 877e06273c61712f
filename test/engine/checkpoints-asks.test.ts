import { expect, test } from "vitest";
import { z } from "zod";
import { KeyConflictError, type RunFacts, workflow } from "../../src/index.ts";
import { openForTest } from "../../src/testing.ts";
import { ALICE, BOB, getOpen } from "../support/open-gate.ts";

test("a question waits in the inbox, and only the literal approve approves", async () => {
  await using lockstep = await openForTest();
  const yes = lockstep.ask({ message: "Drop table users?", risk: "high", show: { rows: 12 } });
  await lockstep.advance("1s");
  const gate = getOpen(lockstep);
  expect(gate).toMatchObject({ id: "ask-1", kind: "ask", run: null, risk: "high", message: "Drop table users?" });
  expect(() => lockstep.decide(gate, { decision: "edit", values: { a: 1 } }, ALICE)).toThrow("is a question");
  expect(() => lockstep.decide(gate, { decision: "redo", feedback: "x" }, ALICE)).toThrow("is a question");
  lockstep.decide(gate, { decision: "approve" }, ALICE);
  expect(await yes).toMatchObject({ id: "ask-1", approved: true, decision: "approve", by: "alice" });
  const no = lockstep.ask({ message: "Again?" });
  await lockstep.advance("1s");
  lockstep.decide(getOpen(lockstep), { decision: "reject", reason: "never" }, BOB);
  expect(await no).toMatchObject({ approved: false, decision: "reject", reason: "never" });
});

test("a question whose time is over is denied", async () => {
  await using lockstep = await openForTest();
  const verdict = lockstep.ask({ message: "Now?", timeout: "20m" });
  await lockstep.advance("21m");
  expect(await verdict).toMatchObject({ approved: false, decision: "timeout" });
});

test("a question is found again by its key, and another content under the key is refused", async () => {
  await using lockstep = await openForTest();
  const stop = new AbortController();
  const first = lockstep.ask({ message: "Deploy 1.2?", key: "deploy", signal: stop.signal });
  await lockstep.advance("1s");
  stop.abort();
  await expect(first).rejects.toThrow();
  const again = lockstep.ask({ message: "Deploy 1.2?", key: "deploy" });
  await lockstep.advance("1s");
  expect(getOpen(lockstep).id).toBe("ask-1");
  await expect(lockstep.ask({ message: "Deploy 1.3?", key: "deploy" })).rejects.toThrow(KeyConflictError);
  await expect(lockstep.ask({ message: "Deploy 1.2?", key: "deploy", risk: "low" })).rejects.toThrow(KeyConflictError);
  lockstep.decide(getOpen(lockstep), { decision: "approve" }, ALICE);
  expect((await again).approved).toBe(true);
  expect((await lockstep.ask({ message: "Deploy 1.2?", key: "deploy" })).approved).toBe(true);
});

test("the answers of a question's form are checked and handed over", async () => {
  await using lockstep = await openForTest();
  const verdict = lockstep.ask({ message: "How many?", fields: z.object({ count: z.int() }) });
  await lockstep.advance("1s");
  const gate = getOpen(lockstep);
  expect(() => lockstep.decide(gate, { decision: "approve", answers: { count: "x" } }, ALICE)).toThrow("at count");
  lockstep.decide(gate, { decision: "approve", answers: { count: 3 } }, ALICE);
  expect(await verdict).toMatchObject({ approved: true, answers: { count: 3 } });
});

test("a question that shows more than 64 KiB is refused", async () => {
  await using lockstep = await openForTest();
  await expect(lockstep.ask({ message: "All?", show: "x".repeat(70_000) })).rejects.toThrow("at most 64 KiB");
});

test("an agent never decides its own question, and no question above a low risk", async () => {
  await using lockstep = await openForTest();
  const bot = { kind: "agent", name: "bot" } as const;
  const verdict = lockstep.ask({ message: "May I?", risk: "low", by: bot });
  await lockstep.advance("1s");
  const gate = getOpen(lockstep);
  expect(() => lockstep.decide(gate, { decision: "approve" }, bot)).toThrow("nobody decides a question of its own");
  lockstep.decide(gate, { decision: "approve" }, { kind: "agent", name: "other" });
  expect(await verdict).toMatchObject({ approved: true, by: "other" });
  void lockstep.ask({ message: "May I more?", risk: "medium", by: bot }).catch(() => {});
  await lockstep.advance("1s");
  expect(() => lockstep.decide(getOpen(lockstep), { decision: "approve" }, { kind: "agent", name: "other" })).toThrow(
    "an agent may decide up to low",
  );
});

test("a question that a task asks in its run is void once that is canceled, and asked anew by the next try", async () => {
  await using lockstep = await openForTest();
  const asking: { run?: RunFacts } = {};
  const wf = workflow("asks");
  wf.task("deploy", async ({ run, signal }) => {
    asking.run = run;
    return (await lockstep.ask({ message: "Deploy?", key: "deploy", run, signal })).decision;
  });
  const handle = lockstep.start(wf, undefined);
  await lockstep.advance("1s");
  expect(getOpen(lockstep)).toMatchObject({ id: "1.1", kind: "ask", run: 1, task: "deploy" });
  const outside = lockstep.ask({ message: "Deploy?", key: "deploy" });
  handle.cancel("not today");
  await lockstep.advance("1m");
  expect((await outside).decision).toBe("void");
  await lockstep.advance("1m");
  expect(lockstep.checkpoints()).toEqual([]);
  const again = lockstep.start(wf, undefined);
  await lockstep.advance("1s");
  lockstep.decide(getOpen(lockstep), { decision: "approve" }, ALICE);
  expect(await again.result()).toBe("approve");
  const late = lockstep.ask({ message: "Later?", ...(asking.run && { run: asking.run }) });
  await expect(late).rejects.toThrow("#2 is succeeded: it asks nothing any more");
  const foreign = { id: "1", uid: "another file's", task: "deploy" };
  await expect(lockstep.ask({ message: "Whose?", run: foreign })).rejects.toThrow("expected ctx.run of a task");
});
