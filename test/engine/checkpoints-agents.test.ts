import { expect, test } from "vitest";
import { z } from "zod";
import { type ReviewVerdict, workflow } from "../../src/index.ts";
import { openForTest } from "../../src/testing.ts";
import { ALICE, getOpen } from "../support/open-gate.ts";

type Risk = "low" | "medium" | "high";

function createReviewed(risk: Risk, maxRisk: Risk | undefined, review: () => ReviewVerdict | Promise<ReviewVerdict>) {
  const ran: string[] = [];
  const wf = workflow("agent");
  wf.task(
    "send",
    { checkpoint: { message: "Send?", risk, show: { to: "all" }, review, ...(maxRisk && { maxRisk }) } },
    () => void ran.push("sent"),
  );
  return { wf, ran };
}

test("an agent decides before people are asked, and is recorded as what it is", async () => {
  const { wf, ran } = createReviewed("low", undefined, async () => ({ decision: "approve", comment: "harmless" }));
  await using lockstep = await openForTest({ workflows: [wf] });
  const run = lockstep.start(wf, undefined);
  await lockstep.advance("1s");
  expect(run.status()).toBe("succeeded");
  expect(ran).toEqual(["sent"]);
  const events = lockstep.events({ types: ["checkpoint.approved"] });
  for await (const event of events) {
    expect(event.data).toMatchObject({ by: "review of agent › send", via: "review" });
    break;
  }
});

test("what an agent rejects is rejected", async () => {
  const { wf, ran } = createReviewed("low", undefined, () => ({ decision: "reject", comment: "spam" }));
  await using lockstep = await openForTest({ workflows: [wf] });
  const run = lockstep.start(wf, undefined);
  await lockstep.advance("1s");
  expect(run.status()).toBe("canceled");
  expect(ran).toEqual([]);
});

test.each([
  ["passes it on", () => ({ decision: "pass" }) as const],
  [
    "throws",
    () => {
      throw new Error("no model");
    },
  ],
  ["says another word", () => ({ decision: "yes" }) as never],
])("people are asked when the agent %s", async (_, review) => {
  const { wf, ran } = createReviewed("low", undefined, review);
  await using lockstep = await openForTest({ workflows: [wf] });
  const run = lockstep.start(wf, undefined);
  await lockstep.advance("1s");
  expect(run.status()).toBe("waiting");
  expect(ran).toEqual([]);
  lockstep.decide(getOpen(lockstep), { decision: "approve" }, ALICE);
  await lockstep.advance("1s");
  expect(run.status()).toBe("succeeded");
});

test("people are asked when the agent gives no verdict in time", async () => {
  const { wf } = createReviewed("low", undefined, () => new Promise<ReviewVerdict>(() => {}));
  await using lockstep = await openForTest({ workflows: [wf] });
  const run = lockstep.start(wf, undefined);
  await lockstep.advance("6m");
  expect(run.status()).toBe("waiting");
  expect(getOpen(lockstep).message).toBe("Send?");
});

test("an agent is not asked above its risk", async () => {
  let asked = 0;
  const { wf, ran } = createReviewed("high", "medium", () => {
    asked++;
    return { decision: "approve" };
  });
  await using lockstep = await openForTest({ workflows: [wf] });
  lockstep.start(wf, undefined);
  await lockstep.advance("1s");
  expect([asked, ran]).toEqual([0, []]);
  const gate = getOpen(lockstep);
  const agent = { kind: "agent", name: "bot" } as const;
  expect(() => lockstep.decide(gate, { decision: "approve" }, agent)).toThrow("an agent may decide up to medium");
});

test("an agent's approval fills in no form: people are asked, and give the answers", async () => {
  const wf = workflow("form");
  const fields = z.object({ host: z.string() });
  const review = (): ReviewVerdict => ({ decision: "approve" });
  wf.task("send", { checkpoint: { message: "Where?", risk: "low", fields, review } }, ({ answers }) => answers.host);
  await using lockstep = await openForTest({ workflows: [wf] });
  const run = lockstep.start(wf, undefined);
  await lockstep.advance("1s");
  expect(run.status()).toBe("waiting");
  const gate = getOpen(lockstep);
  expect(() => lockstep.decide(gate, { decision: "approve" }, ALICE)).toThrow("its form does not fit its schema");
  lockstep.decide(gate, { decision: "approve", answers: { host: "srv2" } }, ALICE);
  expect(await run.result()).toBe("srv2");
});

test("a form that has to be filled in cannot be approved by a timeout: it is refused when it is declared", async () => {
  const wf = workflow("form");
  const fields = z.object({ host: z.string() });
  const declare = () =>
    wf.task("send", { checkpoint: { message: "Where?", timeout: "1h", onTimeout: "approve", fields } }, () => 1);
  await using lockstep = await openForTest();
  expect(() => {
    declare();
    lockstep.start(wf, undefined);
  }).toThrow(/checkpoint\.fields: expected fields that all have a default/);
});
