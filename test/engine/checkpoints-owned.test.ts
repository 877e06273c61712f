import { expect, test } from "vitest";
import type { Decision } from "../../src/core/decision.ts";
import { decide, getDecided } from "../../src/engine/decide.ts";
import { PlanCache } from "../../src/engine/plan-cache.ts";
import { workflow } from "../../src/index.ts";
import { getRows } from "../../src/store/rows.ts";
import { openTestStore } from "../support/open-test-store.ts";
import { startTestEngine, type TestEngine } from "../support/test-engine.ts";
import { waitUntil } from "../support/wait-until.ts";

/** Two branches: one that a person decides, and one that goes on beside it until it is released. */
function createBranches() {
  const ran: string[] = [];
  const held = Promise.withResolvers<number>();
  const wf = workflow("branches", { strategy: "eager" });
  const base = wf.task("base", ({ feedback }) => void ran.push(feedback ?? "base"));
  wf.task("gated", { after: [base], checkpoint: { message: "Go?" } }, () => void ran.push("gated"));
  const long = wf.task("long", { after: [base] }, () => {
    ran.push("long");
    return held.promise;
  });
  wf.task("last", { needs: { long } }, ({ needs }) => void ran.push(`last ${needs.long}`));
  return { wf, ran, held };
}

/** Another process decides, as far as the engine can tell: through a connection of its own. */
async function decideElsewhere(engine: TestEngine, runId: number, decision: Decision): Promise<void> {
  const store = await openTestStore({ path: engine.path, clock: engine.clock });
  const rows = getRows(store);
  const row = rows.checkpoints.listPending(runId)[0];
  if (row === undefined) throw new Error("nothing is open");
  const parts = { rows, plans: new PlanCache(rows), now: () => engine.clock.now() };
  const by = { kind: "person", name: "alice" } as const;
  const request = { run: runId, number: row.number, seenHash: row.hash, decision, by, via: "cli" };
  getDecided(store.transaction(() => decide(parts, request)));
  engine.engine.hint();
}

async function startWaiting() {
  const branches = createBranches();
  const engine = await startTestEngine({ workflows: [branches.wf] });
  const runId = await engine.submit(branches.wf);
  await waitUntil(
    () => engine.rows.checkpoints.listPending(runId).length === 1 && branches.ran.includes("long"),
    "one branch waits and one runs",
  );
  expect(engine.rows.runs.getStatus(runId)).toBe("running");
  return { ...branches, engine, runId };
}

test("the owner of a run applies what another process decided, while the run goes on", async () => {
  const { engine, runId, ran, held } = await startWaiting();
  await decideElsewhere(engine, runId, { decision: "approve" });
  await waitUntil(() => ran.includes("gated"), "the approved task runs");
  expect(engine.rows.runs.getStatus(runId)).toBe("running");
  held.resolve(7);
  expect(await engine.reach(runId)).toBe("succeeded");
  expect(ran).toEqual(["base", "long", "gated", "last 7"]);
  await engine.stop();
});

test("a rejection of one branch lets the other one go on, and the run ends as canceled", async () => {
  const { engine, runId, ran, held } = await startWaiting();
  await decideElsewhere(engine, runId, { decision: "reject", reason: "no" });
  await waitUntil(() => engine.statuses(runId).gated === "skipped rejected", "the task is skipped");
  held.resolve(7);
  expect(await engine.reach(runId)).toBe("canceled");
  expect(ran).toEqual(["base", "long", "last 7"]);
  await engine.stop();
});

test("a redo waits until what it takes back is dead, and is then applied", async () => {
  const { engine, runId, ran, held } = await startWaiting();
  await decideElsewhere(engine, runId, { decision: "redo", tasks: ["base"], feedback: "better" });
  await waitUntil(
    () => engine.engine.isQuiet || engine.rows.checkpoints.list(runId)[0]?.status === "sent_back",
    "it is sent back",
  );
  expect(ran).not.toContain("better");
  held.resolve(7);
  await waitUntil(() => ran.includes("better"), "the task runs again");
  await waitUntil(
    () => engine.rows.checkpoints.listPending(runId).some((row) => row.status === "open"),
    "it is asked again",
  );
  expect(engine.rows.checkpoints.list(runId).map((row) => row.status)).toEqual(["applied", "open"]);
  await decideElsewhere(engine, runId, { decision: "approve" });
  expect(await engine.reach(runId)).toBe("succeeded");
  expect(ran.filter((task) => task === "gated")).toEqual(["gated"]);
  await engine.stop();
});
