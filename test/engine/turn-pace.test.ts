import { expect, test } from "vitest";
import { workflow } from "../../src/definition/workflow.ts";
import { createFaultyStore } from "../support/faulty-store.ts";
import { type AnyWorkflow, startTestEngine } from "../support/test-engine.ts";

/** Runs it to its end; counts the rounds of the event loop and the transactions from its submission on. */
async function measure(wf: AnyWorkflow): Promise<{ rounds: number; transactions: number }> {
  const faulty = createFaultyStore();
  const engine = await startTestEngine({ workflows: [wf], wrap: faulty.wrap });
  const before = faulty.count();
  let rounds = 0;
  let isOver = false;
  const goRound = (): void => {
    rounds++;
    if (!isOver) setImmediate(goRound);
  };
  setImmediate(goRound);
  const id = await engine.submit(wf);
  await new Promise<void>((resolve) => engine.engine.watch(id, (status) => status === "succeeded" && resolve()));
  isOver = true;
  return { rounds, transactions: faulty.count() - before };
}

test("a chain of functions costs a transaction each, and goes round the event loop once in ten", async () => {
  const wf = workflow("chain");
  let before = wf.task("t0" as string, () => 0);
  for (let n = 1; n < 100; n++) before = wf.task(`t${n}`, { after: [before] }, () => n);
  const { rounds, transactions } = await measure(wf);
  expect(transactions).toBe(101);
  expect(rounds).toBeGreaterThanOrEqual(9);
  expect(rounds).toBeLessThan(25);
});

test("what ends together is recorded together, however many awaits each of it has", async () => {
  const wf = workflow("wide");
  for (let n = 0; n < 100; n++) {
    wf.task(`t${n}`, async () => {
      for (let wait = 0; wait < n % 7; wait++) await null;
      return n;
    });
  }
  expect((await measure(wf)).transactions).toBe(2);
});
