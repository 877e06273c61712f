import { expect, test } from "vitest";
import { workflow } from "../../src/definition/workflow.ts";
import { startTestEngine, takeTurns } from "../support/test-engine.ts";

test("a failure under onFailure: stop outranks a pause that was asked for: clean-ups run, and the run ends", async () => {
  const gate = Promise.withResolvers<void>();
  const wf = workflow("stopping", { onFailure: "stop" });
  const fails = wf.task("fails", () => gate.promise.then(() => Promise.reject(new Error("no"))));
  const other = wf.task("other", () => 1);
  wf.task("next", { after: [other] }, () => 2);
  wf.task("clean", { after: [fails], when: "all_done" }, () => 3);
  const engine = await startTestEngine({ workflows: [wf] });
  const id = await engine.submit(wf);
  await takeTurns(4);
  engine.change((control) => control.pause(id));
  await takeTurns(4);
  expect(engine.rows.runs.get(id)).toMatchObject({ status: "running", intent: "pause" });
  gate.resolve();
  expect(await engine.reach(id)).toBe("failed");
  expect(engine.statuses(id)).toEqual({
    fails: "failed",
    other: "succeeded",
    next: "skipped run_stopped",
    clean: "succeeded",
  });
});

test("a pause after that failure is no weaker wish: it changes nothing, and neither does resume", async () => {
  const gate = Promise.withResolvers<void>();
  const wf = workflow("stopping", { onFailure: "stop" });
  wf.task("fails", () => Promise.reject(new Error("no")));
  const slow = wf.task("slow", () => gate.promise);
  wf.task("next", { after: [slow] }, () => 2);
  const engine = await startTestEngine({ workflows: [wf] });
  const id = await engine.submit(wf);
  await takeTurns(4);
  engine.change((control) => control.pause(id));
  await takeTurns(4);
  engine.change((control) => control.resume(id));
  await takeTurns(4);
  expect(engine.rows.runs.get(id)).toMatchObject({ status: "running", intent: "stop" });
  gate.resolve();
  expect(await engine.reach(id)).toBe("failed");
  expect(engine.statuses(id)).toEqual({ fails: "failed", slow: "succeeded", next: "skipped run_stopped" });
});

/** One task whose question takes until the gate opens. */
function createAsking() {
  const gate = Promise.withResolvers<void>();
  const wf = workflow("asking");
  const first = wf.task("first", () => 1);
  const message = (): Promise<string> => gate.promise.then(() => "Go on?");
  wf.task("ask", { after: [first], checkpoint: { message } }, () => 2);
  return { wf, gate };
}

test("a run that is canceled while a question is being prepared ends: nobody is asked", async () => {
  const { wf, gate } = createAsking();
  const engine = await startTestEngine({ workflows: [wf] });
  const id = await engine.submit(wf);
  await takeTurns(6);
  expect(engine.statuses(id)).toEqual({ first: "succeeded", ask: "running" });
  engine.change((control) => control.cancel(id, "not needed"));
  gate.resolve();
  expect(await engine.reach(id, ["canceled", "waiting"])).toBe("canceled");
  expect(engine.statuses(id)).toEqual({ first: "succeeded", ask: "canceled" });
  expect(engine.store.sqlite.prepare("SELECT count(*) FROM checkpoint").pluck().get()).toBe(0);
});

test("a cancel that was written down and never done is done by who asks again", async () => {
  const { wf, gate } = createAsking();
  const engine = await startTestEngine({ workflows: [wf] });
  gate.resolve();
  const id = await engine.submit(wf);
  await engine.reach(id, ["waiting"]);
  engine.store.sqlite.exec(`UPDATE run SET intent = 'cancel' WHERE id = ${id}`); // as an earlier version left it
  engine.change((control) => control.cancel(id, "not needed"));
  expect(engine.rows.runs.getStatus(id)).toBe("canceled");
});
