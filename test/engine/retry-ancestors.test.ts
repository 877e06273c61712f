import { expect, test } from "vitest";
import { workflow } from "../../src/definition/workflow.ts";
import { startTestEngine } from "../support/test-engine.ts";

test("retry --from a task whose needs were canceled runs those, too, and nothing else", async () => {
  const calls: string[] = [];
  const gate = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  let isHeld = true;
  const wf = workflow("release");
  const first = wf.task("first", () => void calls.push("first"));
  const a = wf.task("a", { after: [first] }, async ({ signal }) => {
    calls.push("a");
    begun.resolve();
    signal.addEventListener("abort", () => gate.reject(signal.reason));
    if (isHeld) await gate.promise;
    return 1;
  });
  const b = wf.task("b", { needs: { a } }, ({ needs }) => {
    calls.push("b");
    return needs.a + 1;
  });
  wf.returns(b);
  const engine = await startTestEngine({ workflows: [wf] });
  const run = await engine.submit(wf);
  await begun.promise;
  engine.change((control) => control.cancel(run, null));
  expect(await engine.reach(run)).toBe("canceled");
  isHeld = false;
  engine.change((control) => expect(control.retry(run, "b").again).toEqual(["a", "b"]));
  expect(await engine.reach(run)).toBe("succeeded");
  expect(calls).toEqual(["first", "a", "a", "b"]);
  expect(engine.statuses(run)).toEqual({ first: "succeeded", a: "succeeded", b: "succeeded" });
});

test("a failure is looked for in the list that a map has, not in one that was given up", async () => {
  let length = 3;
  let isBroken = true;
  const wf = workflow("lists");
  const list = wf.task("list", () => Array.from({ length }, (_, item) => item));
  wf.map("each", { over: list }, ({ item }) => {
    if (item === 2) throw new Error("the old list");
    return item;
  });
  wf.task("other", { after: [list] }, () => {
    if (isBroken) throw new Error("another failure");
  });
  const engine = await startTestEngine({ workflows: [wf] });
  const run = await engine.submit(wf);
  expect(await engine.reach(run)).toBe("failed");
  expect(engine.rows.attempts.findFailure(run)?.error?.message).toMatch(/the old list|another failure/);
  length = 2;
  engine.change((control) => control.retry(run, "list"));
  expect(await engine.reach(run)).toBe("failed");
  expect(engine.rows.attempts.findFailure(run)?.task).toBe("other");
  isBroken = false;
  engine.change((control) => control.retry(run, null));
  expect(await engine.reach(run)).toBe("succeeded");
  expect(engine.rows.attempts.findFailure(run)).toBeUndefined();
});

test("a run key takes inputs that are the same JSON for the same input, in whatever order their keys are", async () => {
  const wf = workflow("keyed");
  wf.task("only", () => 1);
  const engine = await startTestEngine({ workflows: [wf] });
  const run = await engine.submit(wf, { key: "k", inputJson: '{"a":1,"b":[2]}' });
  expect(await engine.submit(wf, { key: "k", inputJson: '{"b":[2],"a":1}' })).toBe(run);
  await expect(engine.submit(wf, { key: "k", inputJson: '{"a":2,"b":[2]}' })).rejects.toThrow("another input");
});
