import { expect, test } from "vitest";
import { z } from "zod";
import { workflow } from "../../src/index.ts";
import { openForTest } from "../../src/testing.ts";
import { ALICE, BOB, getOpen } from "../support/open-gate.ts";

function createThreeLayers(options: object = { checkpoint: "every-layer" }) {
  const ran: string[] = [];
  const wf = workflow("layers", options);
  const a = wf.task("a", { output: z.object({ n: z.int() }) }, ({ feedback }) => {
    ran.push(feedback === undefined ? "a" : `a: ${feedback}`);
    return { n: 1 };
  });
  const b = wf.task("b", () => void ran.push("b"));
  const c = wf.task("c", { needs: { a }, after: [b] }, ({ needs }) => {
    ran.push(`c ${needs.a.n}`);
    return needs.a.n * 10;
  });
  const d = wf.task("d", { needs: { c } }, ({ needs }) => needs.c + 1);
  wf.returns(d);
  return { wf, ran };
}

test("after each layer, not after the last, the run waits, and approving starts the next layer", async () => {
  const { wf, ran } = createThreeLayers();
  await using lockstep = await openForTest({ workflows: [wf] });
  const run = lockstep.start(wf, undefined);
  await lockstep.advance("1s");
  expect(run.status()).toBe("waiting");
  expect(ran).toEqual(["a", "b"]);
  const first = getOpen(lockstep);
  expect(first).toMatchObject({ id: "1.1", kind: "layer", layer: 0, message: "Layer 0 done, 2 of 2. Start layer 1?" });
  lockstep.decide(first, { decision: "approve" }, ALICE);
  await lockstep.advance("1s");
  expect(ran).toEqual(["a", "b", "c 1"]);
  expect(getOpen(lockstep)).toMatchObject({ id: "1.2", layer: 1 });
  lockstep.decide(getOpen(lockstep), { decision: "approve" }, ALICE);
  await lockstep.advance("1s");
  expect(run.status()).toBe("succeeded");
  expect(await run.result()).toBe(11);
});

test("a run that is told to is reviewed, whatever its workflow says", async () => {
  const { wf, ran } = createThreeLayers({});
  await using lockstep = await openForTest({ workflows: [wf] });
  lockstep.start(wf, undefined, { review: true });
  await lockstep.advance("1s");
  expect(ran).toEqual(["a", "b"]);
  expect(getOpen(lockstep)).toMatchObject({ kind: "layer", risk: "medium" });
});

test("rejecting a layer ends the run as canceled with the reason, and nothing of the next layer runs", async () => {
  const { wf, ran } = createThreeLayers();
  await using lockstep = await openForTest({ workflows: [wf] });
  const run = lockstep.start(wf, undefined);
  await lockstep.advance("1s");
  lockstep.decide(getOpen(lockstep), { decision: "reject", reason: "timeout" }, BOB);
  await lockstep.advance("1s");
  expect(run.status()).toBe("canceled");
  expect(ran).toEqual(["a", "b"]);
  await expect(run.result()).rejects.toThrow("rejected by bob: timeout");
});

test("a retry of a run whose layer was rejected asks for that layer again", async () => {
  const { wf, ran } = createThreeLayers();
  await using lockstep = await openForTest({ workflows: [wf] });
  const run = lockstep.start(wf, undefined);
  await lockstep.advance("1s");
  lockstep.decide(getOpen(lockstep), { decision: "reject", reason: "no" }, BOB);
  await lockstep.advance("1s");
  run.retry();
  await lockstep.advance("1s");
  expect(run.status()).toBe("waiting");
  expect(ran).toEqual(["a", "b"]);
  expect(getOpen(lockstep)).toMatchObject({ id: "1.2", layer: 0, round: 2 });
});

test("an edited output is checked against its schema, and what comes after gets it", async () => {
  const { wf, ran } = createThreeLayers();
  await using lockstep = await openForTest({ workflows: [wf] });
  lockstep.start(wf, undefined);
  await lockstep.advance("1s");
  const gate = getOpen(lockstep);
  expect(() => lockstep.decide(gate, { decision: "edit", values: { a: { n: "x" } } }, ALICE)).toThrow(
    "1.1: the output of a does not fit its schema at n",
  );
  expect(() => lockstep.decide(gate, { decision: "edit", values: { c: 1 } }, ALICE)).toThrow('there is no "c" to edit');
  lockstep.decide(gate, { decision: "edit", values: { a: { n: 5 } } }, ALICE);
  await lockstep.advance("1s");
  expect(ran).toEqual(["a", "b", "c 5"]);
});

test("a layer that is sent back runs again as a whole, or the named task alone, with the feedback", async () => {
  const { wf, ran } = createThreeLayers();
  await using lockstep = await openForTest({ workflows: [wf] });
  const run = lockstep.start(wf, undefined);
  await lockstep.advance("1s");
  lockstep.decide(getOpen(lockstep), { decision: "redo", feedback: "more" }, ALICE);
  await lockstep.advance("1s");
  expect(ran.splice(0)).toEqual(["a", "b", "a: more", "b"]);
  const second = getOpen(lockstep);
  expect(second).toMatchObject({ id: "1.2", layer: 0, round: 2 });
  expect(() => lockstep.decide(second, { decision: "redo", tasks: ["c"], feedback: "x" }, ALICE)).toThrow(
    '"c" is no task before this checkpoint',
  );
  lockstep.decide(second, { decision: "redo", tasks: ["a"], feedback: "less" }, ALICE);
  await lockstep.advance("1s");
  expect(ran.splice(0)).toEqual(["a: less"]);
  lockstep.decide(getOpen(lockstep), { decision: "approve" }, ALICE);
  await lockstep.advance("1s");
  lockstep.decide(getOpen(lockstep), { decision: "approve" }, ALICE);
  await lockstep.advance("1s");
  expect(run.status()).toBe("succeeded");
});

test("a later layer that sends an earlier task back is asked for layer by layer again", async () => {
  const { wf, ran } = createThreeLayers();
  await using lockstep = await openForTest({ workflows: [wf] });
  lockstep.start(wf, undefined);
  await lockstep.advance("1s");
  lockstep.decide(getOpen(lockstep), { decision: "approve" }, ALICE);
  await lockstep.advance("1s");
  lockstep.decide(getOpen(lockstep), { decision: "redo", tasks: ["a"], feedback: "again" }, ALICE);
  await lockstep.advance("1s");
  expect(ran).toEqual(["a", "b", "c 1", "a: again"]);
  expect(getOpen(lockstep)).toMatchObject({ layer: 0 });
});

test("a layer's own timeout rejects when its author wrote so", async () => {
  const { wf } = createThreeLayers({ checkpoint: { every: "layer", timeout: "1h", onTimeout: "reject" } });
  await using lockstep = await openForTest({ workflows: [wf] });
  const run = lockstep.start(wf, undefined);
  await lockstep.advance("61m");
  expect(run.status()).toBe("canceled");
});

test("no review where nothing would start", async () => {
  const wf = workflow("ends-early", { checkpoint: "every-layer" });
  const a = wf.task("a", () => 1);
  wf.task("b", { needs: { a }, when: "any_failed" }, () => 2);
  await using lockstep = await openForTest({ workflows: [wf] });
  const run = lockstep.start(wf, undefined);
  await lockstep.advance("1s");
  expect(run.status()).toBe("succeeded");
});

test("the output of a map is edited as its list, each item checked by its schema", async () => {
  const wf = workflow("listed", { checkpoint: "every-layer" });
  const each = wf.map("each", { over: () => [1, 2], output: z.object({ n: z.int() }) }, ({ item }) => ({ n: item }));
  wf.task("sum", { needs: { each } }, ({ needs }) => needs.each.reduce((sum, { n }) => sum + n, 0));
  await using lockstep = await openForTest({ workflows: [wf] });
  const run = lockstep.start(wf, undefined);
  await lockstep.advance("1s");
  const gate = getOpen(lockstep);
  const edit = (value: unknown) => lockstep.decide(gate, { decision: "edit", values: { each: value } }, ALICE);
  expect(() => edit({ n: 1 })).toThrow("the output of each does not fit its schema");
  expect(() => edit([{ n: 1 }, { n: "2" }])).toThrow("the output of each[1] does not fit its schema at n");
  edit([{ n: 10 }, { n: 20 }, { n: 30 }]);
  await lockstep.advance("1s");
  expect(await run.result()).toBe(60);
});

test("what is no word of a decision decides nothing, before and after it was decided", async () => {
  const { wf } = createThreeLayers();
  await using lockstep = await openForTest({ workflows: [wf] });
  const run = lockstep.start(wf, undefined);
  await lockstep.advance("1s");
  const gate = getOpen(lockstep);
  const other = () => lockstep.decide(gate, { decision: "yes" } as never, ALICE);
  expect(other).toThrow('Expected a decision of approve, reject, edit, redo, found "yes"');
  lockstep.decide(gate, { decision: "reject", reason: "no" }, ALICE);
  expect(other).toThrow('found "yes"');
  await lockstep.advance("1s");
  expect(run.status()).toBe("canceled");
});
