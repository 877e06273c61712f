import { expect, test } from "vitest";
import { workflow } from "../../src/definition/workflow.ts";
import { startTestEngine, type TestEngine, takeTurns } from "../support/test-engine.ts";

test("a task that starts a run at once, in a turn of its own, takes no place that others of its wave have", async () => {
  let live = 0;
  let most = 0;
  const cell: { engine?: TestEngine; inner?: number | undefined } = {};
  const work = async (): Promise<void> => {
    most = Math.max(most, ++live);
    await takeTurns(5);
    live--;
  };
  const inner = workflow("inner");
  for (let n = 0; n < 3; n++) inner.task(`t${n}`, work);
  const outer = workflow("outer");
  outer.task("first", { priority: 1 }, async () => {
    cell.inner = cell.engine?.engine.submitNow(cell.engine.toSubmission(inner));
    await work();
  });
  for (let n = 0; n < 3; n++) outer.task(`t${n}`, work);
  const engine = await startTestEngine({ workflows: [inner, outer], places: { function: 3, command: 1 } });
  cell.engine = engine;
  const id = await engine.submit(outer);
  expect([await engine.reach(id), await engine.reach(cell.inner ?? 0)]).toEqual(["succeeded", "succeeded"]);
  expect(most).toBe(3);
});
