import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { Heartbeat } from "../../src/daemon/heartbeat.ts";
import { createSimulatedClock } from "../../src/platform/simulated-clock.ts";
import { waitUntil } from "../support/wait-until.ts";

async function startListener() {
  const calls: string[] = [];
  const server = createServer((request, response) => {
    calls.push(`${request.method} ${request.url}`);
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { calls, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/beat` };
}

test("it calls at once and then each interval, not while the daemon cannot work, and not after it was stopped", async () => {
  const { calls, url } = await startListener();
  const clock = createSimulatedClock();
  const events: string[] = [];
  let asked = 0;
  let isWell = true;
  const beat = new Heartbeat({
    ...{ clock, url: { env: "BEAT" }, everyMs: 60_000, env: { BEAT: url } },
    log: (event) => void events.push(event),
    assertWell: async () => {
      asked += 1;
      if (!isWell) throw new Error("the disk is full");
    },
  });
  const turn = async (count: number): Promise<void> => {
    await waitUntil(() => clock.waiting() > 0, "the next beat waits");
    clock.advance(60_000);
    await waitUntil(() => asked === count, "it was asked whether all is well");
  };
  beat.start();
  await waitUntil(() => calls.length === 1, "it has called");
  await turn(2);
  await waitUntil(() => calls.length === 2, "it has called again");
  isWell = false;
  await turn(3);
  await waitUntil(() => events.includes("heartbeat.failed"), "it says why it does not call");
  expect(calls).toEqual(["GET /beat", "GET /beat"]);
  isWell = true;
  await turn(4);
  await waitUntil(() => calls.length === 3, "it calls once all is well");
  await waitUntil(() => clock.waiting() > 0, "the next beat waits");
  await beat.stop();
  await beat.stop();
  expect(clock.waiting()).toBe(0);
});

test("an address that is not there is no end of it, and its variable may be missing", async () => {
  const clock = createSimulatedClock();
  const said: unknown[] = [];
  const log = (_event: string, data: unknown): void => void said.push(data);
  const parts = { clock, everyMs: 60_000, env: {}, log, assertWell: async () => {} };
  for (const url of ["http://127.0.0.1:9/x", { env: "BEAT" }]) {
    const beat = new Heartbeat({ ...parts, url });
    beat.start();
    await waitUntil(() => clock.waiting() > 0, "the next beat waits");
    await beat.stop();
  }
  expect(said).toEqual([
    { error: expect.stringContaining("the server cannot be reached") },
    { error: "the variable BEAT is not set where lockstep runs" },
  ]);
});
