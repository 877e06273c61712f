import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { startRetention } from "../../src/daemon/retention.ts";
import { createSimulatedClock } from "../../src/platform/simulated-clock.ts";
import { openTestStore } from "../support/open-test-store.ts";
import { createSpec, insertRunRows } from "../support/run-rows.ts";
import { waitUntil } from "../support/wait-until.ts";

const HOUR_MS = 3_600_000;
const ONE = createSpec("one", { a: [] });

async function setUp(runs: number) {
  const clock = createSimulatedClock();
  const store = await openTestStore();
  const said: string[] = [];
  for (let index = 0; index < runs; index += 1)
    insertRunRows(store, ONE, { finishedAt: clock.now() + (index - 3) * HOUR_MS });
  const rounds = startRetention({
    ...{ store, clock, logsDir: join(dirname(store.path), "logs") },
    retention: { runsMs: 2 * HOUR_MS },
    log: (event, data) => said.push(`${event} ${data.runs ?? data.error}`),
  });
  const count = (): number => store.sqlite.prepare<[], number>("SELECT count(*) FROM run").pluck().get() ?? 0;
  return { clock, store, rounds, said, count };
}

test("the daemon prunes after a minute and then each hour, and says how much", async () => {
  const { clock, rounds, said, count } = await setUp(6);
  clock.advance(59_000);
  expect(count()).toBe(6);
  await waitUntil(() => {
    clock.advance(1_000);
    return said.length === 1;
  }, "the first round is over");
  expect(count()).toBe(4);
  await waitUntil(() => {
    clock.advance(60_000);
    return said.length === 2;
  }, "the second round is over");
  expect(count()).toBe(3);
  expect(said).toEqual(["retention.pruned 2", "retention.pruned 1"]);
  await rounds.stop();
  expect(clock.waiting()).toBe(0);
});

test("stopping ends a round between two transactions, and leaves no timer", async () => {
  const { clock, store, rounds, said, count } = await setUp(3);
  clock.advance(60_000);
  await waitUntil(() => clock.waiting() > 0, "the round pauses");
  const left = count();
  await rounds.stop();
  await rounds.stop();
  expect([count(), clock.waiting(), said]).toEqual([left, 0, []]);
  expect(store.sqlite.pragma("foreign_key_check")).toEqual([]);
});

test("a round that fails is told, and the next one comes", async () => {
  const { clock, store, rounds, said } = await setUp(3);
  store.sqlite.exec("CREATE TRIGGER no BEFORE DELETE ON run BEGIN SELECT RAISE(ABORT, 'not now'); END");
  await waitUntil(() => {
    clock.advance(1_000);
    return said.length === 1;
  }, "it has failed");
  expect(said).toEqual(["retention.failed not now"]);
  store.sqlite.exec("DROP TRIGGER no");
  await waitUntil(() => {
    clock.advance(60_000);
    return said.length === 2;
  }, "the next one");
  expect(said[1]).toBe("retention.pruned 2");
  await rounds.stop();
});
