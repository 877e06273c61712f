import { expect, test } from "vitest";
import { workflow } from "../../src/index.ts";
import { openForTest } from "../../src/testing.ts";

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
