import { expect, test } from "vitest";
import { workflow } from "../../src/index.ts";
import { openForTest, type TestLockstep } from "../../src/testing.ts";

test("a retry that is due in an hour runs when the test lets an hour pass", async () => {
  let tries = 0;
  const wf = workflow("patient");
  wf.task("fetch", { retry: { attempts: 2, backoff: "1h", jitter: 0 } }, () => {
    tries++;
    if (tries === 1) throw new Error("not yet");
    return tries;
  });
  await using lockstep = await openForTest({ workflows: [wf] });
  const run = lockstep.start(wf, undefined);
  await lockstep.advance("59m");
  expect(tries).toBe(1);
  expect(run.status()).toBe("running");
  await lockstep.advance("2m");
  expect(run.status()).toBe("succeeded");
  expect(await run.result()).toBe(2);
});

test("a timeout ends a task when its time has passed on the test's clock", async () => {
  const wf = workflow("slow");
  wf.task("wait", { timeout: "10s" }, ({ signal }) => {
    const { promise, reject } = Promise.withResolvers<number>();
    signal.addEventListener("abort", () => reject(signal.reason));
    return promise;
  });
  await using lockstep = await openForTest({ workflows: [wf] });
  const run = lockstep.start(wf, undefined);
  const result = expect(run.result()).rejects.toThrow("wait: did not end within 10s");
  await lockstep.advance("11s");
  await result;
  expect(run.status()).toBe("failed");
});

test("a test approves all that waits", async () => {
  const wf = workflow("gated", { checkpoint: "every-layer" });
  const one = wf.task("one", () => 1);
  wf.task("two", { needs: { one }, checkpoint: { message: "Go on?", risk: "high" } }, ({ needs }) => needs.one + 1);
  await using lockstep = await openForTest({ workflows: [wf] });
  const run = lockstep.start(wf, undefined);
  await lockstep.approveAll();
  await lockstep.approveAll();
  expect(await run.result()).toBe(2);
});

test("who waits for a result gives up when the time has passed on the test's clock", async () => {
  const wf = workflow("gated");
  wf.task("one", { checkpoint: { message: "Go on?" } }, () => 1);
  await using lockstep = await openForTest({ workflows: [wf] });
  const result = lockstep.start(wf, undefined).result({ timeout: "1h" });
  const gaveUp = expect(result).rejects.toMatchObject({ code: "wait_timeout" });
  await lockstep.advance("61m");
  await gaveUp;
});

test("months in which nothing is due pass at once, and what is due comes at its instant", async () => {
  const wf = workflow("patient");
  wf.task("ask", { retry: { attempts: 3, backoff: "30d", factor: 1, jitter: 0 } }, ({ attempt }) => {
    if (attempt < 3) throw new Error("not yet");
    return attempt;
  });
  await using lockstep = await openForTest({ workflows: [wf], startAt: new Date(0) });
  const run = lockstep.start(wf, undefined);
  await lockstep.advance("365d");
  expect(await run.result()).toBe(3);
  expect(await listInstants(lockstep, "task.started")).toEqual([0, 30, 60].map((days) => days * 86_400_000));
});

test("slots of days are fired when they are due, one by one, where a test works", async () => {
  const wf = workflow("nightly", { schedule: { cron: "0 2 * * *", timezone: "UTC" } });
  wf.task("dump", ({ scheduledAt }) => scheduledAt);
  await using lockstep = await openForTest({ workflows: [wf], startAt: new Date(0) });
  const working = lockstep.work();
  await lockstep.advance("3d");
  expect(await listInstants(lockstep, "run.queued")).toEqual([2, 26, 50].map((hours) => hours * 3_600_000));
  expect(await lockstep.handle("3").result()).toBe("1970-01-03T02:00:00+00:00");
  await lockstep.close();
  await working;
});

/** When that happened, until now. */
async function listInstants(lockstep: TestLockstep, type: string): Promise<number[]> {
  const instants: number[] = [];
  const abort = new AbortController();
  const following = (async () => {
    for await (const { at } of lockstep.events({ types: [type], signal: abort.signal })) instants.push(at);
  })();
  await lockstep.advance("0s");
  abort.abort();
  await following;
  return instants;
}
