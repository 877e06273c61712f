import { expect, test } from "vitest";
import { workflow } from "../../src/definition/workflow.ts";
import { createSimulatedClock } from "../../src/platform/simulated-clock.ts";
import { type AnyWorkflow, startTestEngine, type TestEngine, takeTurns } from "../support/test-engine.ts";

const HOUR_MS = 3_600_000;

/** So many tasks at once, each behind a checkpoint that rejects by itself after an hour. */
function createAsking(count: number): AnyWorkflow {
  const wf = workflow("asking");
  for (let n = 0; n < count; n++) {
    wf.task(`t${n}`, { checkpoint: { message: "Go on?", timeout: "1h", onTimeout: "reject" } }, () => n);
  }
  return wf;
}

function countOpen({ store }: TestEngine): unknown {
  return store.sqlite.prepare("SELECT count(*) FROM checkpoint WHERE status = 'open'").pluck().get();
}

test("more checkpoints than one transaction ends are all ended when their time is over", async () => {
  const wf = createAsking(450);
  const engine = await startTestEngine({ workflows: [wf] });
  const id = await engine.submit(wf);
  expect(await engine.reach(id, ["waiting"])).toBe("waiting");
  expect(countOpen(engine)).toBe(450);
  await engine.drive(takeTurns(10));
  engine.clock.advance(HOUR_MS + 1_000);
  for (let turn = 0; turn < 10; turn++) {
    await takeTurns(5);
    engine.clock.advance(1);
  }
  expect([countOpen(engine), engine.rows.runs.getStatus(id)]).toEqual([0, "canceled"]);
});

test("a checkpoint ends by itself also where the clock was set back while it was open", async () => {
  const inner = createSimulatedClock();
  let backMs = 0;
  const wf = createAsking(1);
  const engine = await startTestEngine({ workflows: [wf], clock: { ...inner, now: () => inner.now() - backMs } });
  const id = await engine.submit(wf);
  expect(await engine.reach(id, ["waiting"])).toBe("waiting");
  backMs = 60_000;
  for (const step of [HOUR_MS, 30_000]) {
    inner.advance(step);
    await takeTurns(5);
  }
  expect(engine.rows.runs.getStatus(id)).toBe("waiting"); // its hour is not over yet
  inner.advance(31_000);
  await takeTurns(10);
  expect(engine.rows.runs.getStatus(id)).toBe("canceled");
});
