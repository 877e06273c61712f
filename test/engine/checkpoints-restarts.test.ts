import { hostname } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type DecideRequest, decide, getDecided } from "../../src/engine/decide.ts";
import { PlanCache } from "../../src/engine/plan-cache.ts";
import { undoDecision } from "../../src/engine/undo.ts";
import { open, workflow } from "../../src/index.ts";
import { createSimulatedClock, type SimulatedClock } from "../../src/platform/simulated-clock.ts";
import { getRows } from "../../src/store/rows.ts";
import { openTestStore } from "../support/open-test-store.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";
import { startTestEngine, type TestEngine, takeTurns } from "../support/test-engine.ts";
import { waitUntil } from "../support/wait-until.ts";

const BY = { kind: "person", name: "alice", host: hostname() } as const;

function createSend(ran: string[], body = () => void ran.push("sent")) {
  const wf = workflow("send");
  const draft = wf.task("draft", () => "text");
  wf.task("send", { needs: { draft }, checkpoint: { message: "Send?", timeout: "1h", onTimeout: "reject" } }, body);
  return wf;
}

/** A run that waits before `send`, with no engine. */
async function leaveWaiting(ran: string[], clock: SimulatedClock): Promise<{ path: string; runId: number }> {
  const wf = createSend(ran);
  const test = await startTestEngine({ workflows: [wf], clock });
  const runId = await test.submit(wf);
  await test.reach(runId, ["waiting"]);
  await test.stop();
  return { path: test.path, runId };
}

async function openDecider(path: string, clock: SimulatedClock) {
  const store = await openTestStore({ path, clock });
  const rows = getRows(store);
  const parts = { rows, plans: new PlanCache(rows), now: () => clock.now() };
  const request = (runId: number, decision: DecideRequest["decision"], number = 1): DecideRequest => {
    const row = rows.checkpoints.find(runId, number);
    if (row === undefined) throw new Error("no checkpoint");
    return { run: runId, number, seenHash: row.hash, decision, by: BY, via: "cli" };
  };
  return { store, rows, request, decide: (each: DecideRequest) => store.transaction(() => decide(parts, each)) };
}

async function takeUp(path: string, clock: SimulatedClock, wf: ReturnType<typeof createSend>): Promise<TestEngine> {
  return await startTestEngine({ workflows: [wf], path, clock });
}

test("an approval with no engine counts when one starts", async () => {
  const ran: string[] = [];
  const clock = createSimulatedClock();
  const { path, runId } = await leaveWaiting(ran, clock);
  const decider = await openDecider(path, clock);
  expect(getDecided(decider.decide(decider.request(runId, { decision: "approve" }))).outcome).toBe("applied");
  expect(decider.rows.runs.getStatus(runId)).toBe("queued");
  const engine = await takeUp(path, clock, createSend(ran));
  expect(await engine.reach(runId)).toBe("succeeded");
  expect(ran).toEqual(["sent"]);
  expect(decider.rows.checkpoints.list(runId).map((row) => row.status)).toEqual(["applied"]);
  await engine.stop();
});

test("why a run was rejected is kept while it goes on with others, and so over a change of its engine", async () => {
  const gate = Promise.withResolvers<void>();
  const clock = createSimulatedClock();
  const wf = workflow("both");
  wf.task("ask", { checkpoint: { message: "Go on?" } }, () => 1);
  wf.task("slow", () => gate.promise);
  const engine = await startTestEngine({ workflows: [wf], clock });
  const runId = await engine.submit(wf);
  await takeTurns(10);
  const decider = await openDecider(engine.path, clock);
  decider.decide(decider.request(runId, { decision: "reject", reason: "not now" }));
  engine.engine.hint();
  await takeTurns(10);
  expect(engine.statuses(runId)).toEqual({ ask: "skipped rejected", slow: "running" });
  expect(decider.rows.runs.get(runId)).toMatchObject({ status: "running", reason: "rejected by alice: not now" });
  gate.resolve();
  expect(await engine.reach(runId)).toBe("canceled");
});

test("a restart neither loses, nor approves, nor doubles a gate", async () => {
  const ran: string[] = [];
  const clock = createSimulatedClock();
  const { path, runId } = await leaveWaiting(ran, clock);
  const decider = await openDecider(path, clock);
  for (let restart = 0; restart < 3; restart++) {
    const engine = await takeUp(path, clock, createSend(ran));
    await engine.stop();
  }
  expect(decider.rows.runs.getStatus(runId)).toBe("waiting");
  expect(decider.rows.checkpoints.list(runId).map((row) => row.status)).toEqual(["open"]);
  expect(ran).toEqual([]);
});

test("a checkpoint that expired while no engine ran is ended before anybody decides it", async () => {
  const ran: string[] = [];
  const clock = createSimulatedClock();
  const { path, runId } = await leaveWaiting(ran, clock);
  const decider = await openDecider(path, clock);
  const request = decider.request(runId, { decision: "approve" });
  clock.advance(2 * 60 * 60_000);
  const decided = decider.decide(request);
  expect(decided).toMatchObject({ kind: "refused", error: { code: "conflict" } });
  expect(decider.rows.checkpoints.find(runId, 1)?.status).toBe("rejected");
  const engine = await takeUp(path, clock, createSend(ran));
  expect(await engine.reach(runId)).toBe("canceled");
  expect(ran).toEqual([]);
  await engine.stop();
});

test("an engine that starts ends what has expired meanwhile", async () => {
  const ran: string[] = [];
  const clock = createSimulatedClock();
  const { path, runId } = await leaveWaiting(ran, clock);
  clock.advance(2 * 60 * 60_000);
  const engine = await takeUp(path, clock, createSend(ran));
  expect(await engine.reach(runId)).toBe("canceled");
  expect(ran).toEqual([]);
  await engine.stop();
});

test("an approval of code that has changed since is superseded and asked again", async () => {
  const ran: string[] = [];
  const clock = createSimulatedClock();
  const { path, runId } = await leaveWaiting(ran, clock);
  const decider = await openDecider(path, clock);
  decider.decide(decider.request(runId, { decision: "approve" }));
  const changed = createSend(ran, () => void ran.push("sent to everybody"));
  const engine = await takeUp(path, clock, changed);
  expect(await engine.reach(runId, ["waiting"])).toBe("waiting");
  expect(ran).toEqual([]);
  const rounds = decider.rows.checkpoints.list(runId);
  expect(rounds.map((row) => [row.status, row.round])).toEqual([
    ["superseded", 1],
    ["open", 2],
  ]);
  const old = decider.decide({ ...decider.request(runId, { decision: "approve" }) });
  expect(old).toMatchObject({ kind: "refused", error: { code: "stale_decision" } });
  decider.decide(decider.request(runId, { decision: "approve" }, 2));
  engine.engine.noteRequests();
  expect(await engine.reach(runId)).toBe("succeeded");
  expect(ran).toEqual(["sent to everybody"]);
  await engine.stop();
});

test("a decision can be taken back while no engine has acted on it, and not afterwards", async () => {
  const ran: string[] = [];
  const clock = createSimulatedClock();
  const { path, runId } = await leaveWaiting(ran, clock);
  const decider = await openDecider(path, clock);
  const { store, rows } = decider;
  decider.decide(decider.request(runId, { decision: "approve" }));
  const undo = (number: number) =>
    store.transaction(() => undoDecision(rows, { run: runId, number, by: BY, via: "cli" }, clock.now()));
  expect(undo(1)).toMatchObject({ number: 2, round: 2, status: "open" });
  expect(rows.runs.getStatus(runId)).toBe("waiting");
  expect(() => undo(1)).toThrow("no decision to take back");
  const engine = await takeUp(path, clock, createSend(ran));
  expect(ran).toEqual([]);
  decider.decide(decider.request(runId, { decision: "approve" }, 2));
  engine.engine.noteRequests();
  expect(await engine.reach(runId)).toBe("succeeded");
  expect(() => undo(2)).toThrow("has been acted on already");
  await engine.stop();
});

test("the first digits of a hash are enough, and others are stale", async () => {
  const clock = createSimulatedClock();
  const { path, runId } = await leaveWaiting([], clock);
  const decider = await openDecider(path, clock);
  const request = decider.request(runId, { decision: "approve" });
  const tooShort = decider.decide({ ...request, seenHash: request.seenHash.slice(0, 5) });
  expect(tooShort).toMatchObject({ kind: "refused", error: { code: "stale_decision" } });
  expect(decider.decide({ ...request, seenHash: "000000" })).toMatchObject({
    kind: "refused",
    error: {
      message: expect.stringMatching(
        /^1\.1 changed since you saw it \(000000 → [0-9a-f]{6}\)\. Nothing was done\. Look again: lockstep checkpoints 1\.1$/,
      ),
    },
  });
  expect(decider.decide({ ...request, seenHash: request.seenHash.slice(0, 6) }).kind).toBe("decided");
});

test("a program says the version of its code, and what was approved under another one is asked again", async () => {
  const db = join(createTemporaryFolder(), "lockstep.db");
  const ran: string[] = [];
  const wf = createSend(ran);
  const settle = async (version: string, approve: boolean) => {
    await using lockstep = await open({ db, workflows: [wf], codeVersion: version });
    if (version === "1" && ran.length === 0 && lockstep.checkpoints().length === 0) lockstep.start(wf, undefined);
    await waitUntil(() => lockstep.checkpoints().length === 1 || ran.length > 0, "it asks or has run");
    return approve ? null : lockstep.checkpoints()[0]?.id;
  };
  expect(await settle("1", false)).toBe("1.1");
  {
    await using decider = await open({ db, execute: false });
    const [gate] = decider.checkpoints();
    if (gate === undefined) throw new Error("no checkpoint");
    decider.decide(gate, { decision: "approve" }, BY);
  }
  expect(await settle("2", false)).toBe("1.2");
  expect(ran).toEqual([]);
  {
    await using decider = await open({ db, execute: false });
    const [gate] = decider.checkpoints();
    if (gate === undefined) throw new Error("no checkpoint");
    decider.decide(gate, { decision: "approve" }, BY);
  }
  await settle("2", true);
  expect(ran).toEqual(["sent"]);
});
