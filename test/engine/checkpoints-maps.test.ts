import { expect, test } from "vitest";
import { type CheckpointOptions, workflow } from "../../src/index.ts";
import { openForTest } from "../../src/testing.ts";
import { ALICE, BOB, getOpen } from "../support/open-gate.ts";

function createPrune(checkpoint: object, more: object = {}) {
  const ran: string[] = [];
  const wf = workflow("prune");
  const old = wf.task("old", () => ["x", "y", "z"]);
  const prune = wf.map(
    "prune",
    { over: old, checkpoint: checkpoint as CheckpointOptions<unknown, never, never, never>, ...more },
    ({ item }) => {
      ran.push(String(item));
      return `gone ${item}`;
    },
  );
  wf.task("report", { needs: { prune } }, ({ needs }) => needs.prune);
  return { wf, ran };
}

test("a map asks once, before it expands, and shows its list", async () => {
  const { wf, ran } = createPrune({ message: "Delete?" });
  await using lockstep = await openForTest({ workflows: [wf] });
  const run = lockstep.start(wf, undefined);
  await lockstep.advance("1s");
  expect(getOpen(lockstep)).toMatchObject({ task: "prune", index: null });
  lockstep.decide(getOpen(lockstep), { decision: "approve" }, ALICE);
  await lockstep.advance("1s");
  expect(ran).toEqual(["x", "y", "z"]);
  expect(await run.result()).toEqual(["gone x", "gone y", "gone z"]);
});

test("only picks items of the list, and others never run", async () => {
  const { wf, ran } = createPrune({ message: "Delete?" });
  await using lockstep = await openForTest({ workflows: [wf] });
  const run = lockstep.start(wf, undefined);
  await lockstep.advance("1s");
  const gate = getOpen(lockstep);
  expect(() => lockstep.decide(gate, { decision: "approve", only: [3] }, ALICE)).toThrow("expected items from 0 to 2");
  expect(() => lockstep.decide(gate, { decision: "approve", only: [] }, ALICE)).toThrow("found none");
  lockstep.decide(gate, { decision: "approve", only: [2, 0] }, ALICE);
  await lockstep.advance("1s");
  expect(ran).toEqual(["x", "z"]);
  expect(await run.result()).toEqual(["gone x", "gone z"]);
});

test("the list can be edited before it runs", async () => {
  const { wf, ran } = createPrune({ message: "Delete?" });
  await using lockstep = await openForTest({ workflows: [wf] });
  lockstep.start(wf, undefined);
  await lockstep.advance("1s");
  const gate = getOpen(lockstep);
  expect(() => lockstep.decide(gate, { decision: "edit", values: { prune: { no: "list" } } }, ALICE)).toThrow(
    "the input of prune does not fit its schema",
  );
  lockstep.decide(gate, { decision: "edit", values: { prune: ["w"] } }, ALICE);
  await lockstep.advance("1s");
  expect(ran).toEqual(["w"]);
});

test("a list that is another one when it is approved is asked for again", async () => {
  const ran: string[] = [];
  let files = ["x"];
  const wf = workflow("moving");
  wf.map("prune", { over: () => files, checkpoint: { message: "Delete?" } }, ({ item }) => void ran.push(item));
  await using lockstep = await openForTest({ workflows: [wf] });
  const run = lockstep.start(wf, undefined);
  await lockstep.advance("1s");
  const first = getOpen(lockstep);
  files = ["x", "precious"];
  lockstep.decide(first, { decision: "approve" }, ALICE);
  await lockstep.advance("1s");
  expect(run.status()).toBe("waiting");
  expect(ran).toEqual([]);
  const second = getOpen(lockstep);
  expect(second.round).toBe(2);
  lockstep.decide(second, { decision: "approve" }, ALICE);
  await lockstep.advance("1s");
  expect(ran).toEqual(["x", "precious"]);
});

test("with each, every instance is asked for, and a rejected one never counts as done", async () => {
  const { wf, ran } = createPrune({ message: "Delete?", each: true });
  await using lockstep = await openForTest({ workflows: [wf] });
  const run = lockstep.start(wf, undefined);
  await lockstep.advance("1s");
  const gates = lockstep.checkpoints();
  expect(gates.map((gate) => gate.index)).toEqual([0, 1, 2]);
  const [x, y, z] = gates;
  if (x === undefined || y === undefined || z === undefined) throw new Error("three gates");
  lockstep.decide(y, { decision: "reject", reason: "keep y" }, BOB);
  lockstep.decide(x, { decision: "approve" }, ALICE);
  await lockstep.advance("1s");
  expect(ran).toEqual(["x"]);
  expect(run.status()).toBe("waiting");
  lockstep.decide(z, { decision: "edit", values: { prune: "zz" } }, ALICE);
  await lockstep.advance("1s");
  expect(ran).toEqual(["x", "zz"]);
  expect(run.status()).toBe("canceled");
  await expect(run.result()).rejects.toThrow("rejected by bob: keep y");
});

test("the whole checkpoint as a function asks nothing when it returns null", async () => {
  const wf = workflow("sometimes");
  wf.task("quiet", { checkpoint: () => null }, () => 1);
  wf.task("loud", { checkpoint: () => ({ message: "Sure?", risk: "low", show: { n: 1 } }) }, () => 2);
  await using lockstep = await openForTest({ workflows: [wf] });
  lockstep.start(wf, undefined);
  await lockstep.advance("1s");
  expect(getOpen(lockstep)).toMatchObject({ task: "loud", message: "Sure?", risk: "low" });
});

test("wf.confirm is a gate that does nothing else, and its answers are its output", async () => {
  const wf = workflow("gate");
  const sure = wf.confirm("sure", { message: "Go on?" });
  wf.task("after", { after: [sure] }, () => "done");
  await using lockstep = await openForTest({ workflows: [wf] });
  const run = lockstep.start(wf, undefined);
  await lockstep.advance("1s");
  expect(getOpen(lockstep)).toMatchObject({ task: "sure", message: "Go on?" });
  lockstep.decide(getOpen(lockstep), { decision: "approve" }, ALICE);
  await lockstep.advance("1s");
  expect(await run.result()).toBe("done");
});
