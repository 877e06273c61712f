import { describe, expect, test } from "vitest";
import { claimNext } from "../../src/core/claim.ts";
import { finishTurn } from "../../src/core/finish-turn.ts";
import type { Outcome } from "../../src/core/outcome.ts";
import { resetTasks } from "../../src/core/reset-tasks.ts";
import { moveRun, type RunState } from "../../src/core/run-state.ts";
import { settleAttempt, wakeTask } from "../../src/core/settle-attempt.ts";
import type { TaskNode } from "../../src/core/task-node.ts";
import { loadRun } from "../../src/store/load-run.ts";
import type { Store } from "../../src/store/open-store.ts";
import { getRows, saveRun } from "../../src/store/rows.ts";
import { openTestStore } from "../support/open-test-store.ts";
import { storeOwnedRun } from "../support/stored-run.ts";

const FAILED: Outcome = {
  ...{ kind: "failed", status: "failed", retryable: true, exitCode: 3 },
  error: { name: "Error", message: "no" },
};
const done = (output: string | null): Outcome => ({ kind: "succeeded", output });

function claimAll(state: RunState, now: number): TaskNode[] {
  const claimed: TaskNode[] = [];
  for (let node = claimNext(state, "function", now); node !== undefined; node = claimNext(state, "function", now))
    claimed.push(node);
  return claimed;
}

function settle(state: RunState, node: TaskNode, outcome: Outcome, now = 20): void {
  settleAttempt(state, node, outcome, now, () => 0);
}

function save(store: Store, state: RunState, now = 20): void {
  finishTurn(state, now);
  if (state.status !== "running") state.ownerId = null;
  store.transaction(() => saveRun(getRows(store), state, now));
}

/** Memory as the next engine finds it says the same as the memory that was saved. */
function expectSameRows(store: Store, state: RunState): void {
  const rows = getRows(store);
  const loaded = loadRun(rows, () => state.plan, state.id);
  const tell = (nodes: readonly TaskNode[]) =>
    nodes.map(({ status, reason, step, generation, attempt, tries, interruptions, wakeAt, startedAt, finishedAt }) => ({
      ...{ status, reason, step, generation, attempt, tries, interruptions, wakeAt, startedAt, finishedAt },
    }));
  const present = (from: RunState) =>
    from.nodes.slice(0, state.plan.graph.size).flatMap((node) => [node, ...(node.map?.children ?? [])]);
  expect(tell(present(loaded))).toEqual(tell(present(state)));
  expect(loaded).toMatchObject({ unsettled: state.unsettled, openLayer: state.openLayer, status: state.status });
}

const RETRY = { attempts: 3, backoffMs: 1_000, factor: 2, maxDelayMs: 9_000, jitter: 0 };

describe("the rows of tasks", () => {
  test("keep outputs as text: small ones in the row, large ones as values, and none as none", async () => {
    const store = await openTestStore();
    const rows = getRows(store);
    const state = storeOwnedRun(store, [{}, {}, {}]);
    const large = JSON.stringify("x".repeat(200_000));
    const outputs = ['{"a":1}', large, null];
    for (const node of claimAll(state, 11)) settle(state, node, done(outputs[node.index] as string | null));
    save(store, state);
    expect([0, 1, 2].map((index) => rows.tasks.getOutputAt(state.id, index))).toEqual(outputs);
    const columns = store.sqlite.prepare("SELECT output IS NULL, output_id IS NULL FROM task").raw().all();
    expect(columns).toEqual([
      [0, 1],
      [1, 0],
      [1, 1],
    ]);
    expectSameRows(store, state);
  });

  test("keep for each task when it began, also where many end alike in one transaction", async () => {
    const store = await openTestStore();
    const state = storeOwnedRun(
      store,
      Array.from({ length: 12 }, () => ({})),
    );
    for (let at = 0; at < 12; at++) {
      claimNext(state, "function", 100 + at);
      save(store, state, 100 + at);
    }
    for (const node of state.nodes) settle(state, node, done(null), 500);
    save(store, state, 500);
    const times = store.sqlite.prepare("SELECT started_at FROM task ORDER BY started_at").pluck().all();
    expect(times).toEqual(Array.from({ length: 12 }, (_, at) => 100 + at));
    expectSameRows(store, state);
  });

  test("put a map's output together in the order of its list; a tolerated failure is null", async () => {
    const store = await openTestStore();
    const rows = getRows(store);
    const state = storeOwnedRun(store, [{ map: { tolerate: 2 } }]);
    const [map] = claimAll(state, 11) as [TaskNode];
    settle(state, map, {
      kind: "expanded",
      items: ["1", '"two"', '{"n":3}', "4", "5"],
      labels: ["a", "b", "c", "d", "e"],
    });
    save(store, state);
    const large = JSON.stringify("y".repeat(3_000));
    const outcomes = [done("10"), FAILED, done(null), done(large), done("50")];
    for (const node of claimAll(state, 21).reverse()) settle(state, node, outcomes[node.item] as Outcome, 30);
    save(store, state, 30);
    expect(state.nodes[0]?.status).toBe("succeeded");
    expect(rows.tasks.getOutputAt(state.id, 0)).toBe(`[10,null,null,${large},50]`);
    expect(rows.tasks.getList(state.id, map)).toEqual({
      items: ["1", '"two"', '{"n":3}', "4", "5"],
      labels: ["a", "b", "c", "d", "e"],
    });
    expect(rows.tasks.findInstance(state.id, 3)).toMatchObject({ item: 2 });
    expectSameRows(store, state);
  });

  test("of a map with an empty list hold an empty list", async () => {
    const store = await openTestStore();
    const state = storeOwnedRun(store, [{ map: {} }]);
    settle(state, claimAll(state, 11)[0] as TaskNode, { kind: "expanded", items: [], labels: null });
    save(store, state);
    expect(getRows(store).tasks.getOutputAt(state.id, 0)).toBe("[]");
    expect(state.status).toBe("succeeded");
  });

  test("of 10,000 instances are one block after the declared tasks", async () => {
    const store = await openTestStore();
    const state = storeOwnedRun(store, [{ map: {} }, {}]);
    const map = claimAll(state, 11).find((node) => node.index === 0) as TaskNode;
    settle(state, map, { kind: "expanded", items: Array.from({ length: 10_000 }, (_, n) => `${n}`), labels: null });
    save(store, state);
    const block = store.sqlite.prepare(
      "SELECT min(idx), max(idx), count(*), max(item) FROM task WHERE item IS NOT NULL",
    );
    expect(block.raw().get()).toEqual([2, 10_001, 10_000, 9_999]);
    for (const node of claimAll(state, 21)) settle(state, node, done(null), 30);
    save(store, state, 30);
    expectSameRows(store, state);
  });

  test("begin anew in the rows, too, when many are reset alike", async () => {
    const store = await openTestStore();
    const state = storeOwnedRun(
      store,
      Array.from({ length: 8 }, () => ({})),
    );
    for (const node of claimAll(state, 11)) settle(state, node, FAILED);
    save(store, state);
    expect(state.status).toBe("failed");
    moveRun(state, "retry");
    state.finishedAt = null;
    resetTasks(state, [0, 1, 2, 3, 4, 5, 6, 7], false);
    store.transaction(() => saveRun(getRows(store), state, 40));
    const rows = store.sqlite
      .prepare("SELECT DISTINCT status, attempt, tries, interruptions, step FROM task")
      .raw()
      .all();
    expect(rows).toEqual([["ready", 1, 0, 0, "body"]]);
    expectSameRows(store, state);
  });

  test("forget a list that was given up, and its instances are not part of the map any more", async () => {
    const store = await openTestStore();
    const state = storeOwnedRun(store, [{}, { map: {}, after: [0] }]);
    settle(state, claimAll(state, 11)[0] as TaskNode, done("1"));
    save(store, state);
    settle(state, claimAll(state, 12)[0] as TaskNode, { kind: "expanded", items: ["1", "2"], labels: null });
    save(store, state);
    for (const node of claimAll(state, 13)) settle(state, node, done("7"));
    save(store, state);
    expect(state.status).toBe("succeeded");
    moveRun(state, "retry");
    state.finishedAt = null;
    resetTasks(state, [0], true);
    store.transaction(() => saveRun(getRows(store), state, 40));
    const loaded = loadRun(getRows(store), () => state.plan, state.id);
    expect(loaded.nodes[1]).toMatchObject({ status: "pending", map: null, generation: 1 });
    expect(getRows(store).tasks.getOutputAt(state.id, 1)).toBeNull();
    expect(store.sqlite.prepare("SELECT count(*) FROM task").pluck().get()).toBe(4);
  });

  test("hold the instant of the next try exactly while they wait for it", async () => {
    const store = await openTestStore();
    const state = storeOwnedRun(store, [{ retry: RETRY }]);
    settle(state, claimAll(state, 11)[0] as TaskNode, FAILED, 20);
    save(store, state);
    const read = store.sqlite.prepare("SELECT status, wake_at FROM task").raw();
    expect(read.get()).toEqual(["retrying", 1_020]);
    expectSameRows(store, state);
    wakeTask(state, state.nodes[0] as TaskNode);
    save(store, state, 1_020);
    expect(read.get()).toEqual(["ready", null]);
  });

  test.each([1, 6])("that are not as memory has them stop the transaction (%i at once)", async (count) => {
    const store = await openTestStore();
    const state = storeOwnedRun(
      store,
      Array.from({ length: count }, () => ({})),
    );
    claimAll(state, 11);
    save(store, state);
    store.sqlite.exec("UPDATE task SET status = 'ready' WHERE idx = 0");
    for (const node of state.nodes) settle(state, node, done(null));
    expect(() => save(store, state)).toThrow("running");
    expect(store.sqlite.prepare("SELECT count(*) FROM task WHERE status = 'succeeded'").pluck().get()).toBe(0);
  });

  test.each([
    ["status = 'lost'", "task_status"],
    ["status = 'retrying'", "task_timer"],
    ["wake_at = 5", "task_timer"],
    ["output_id = 99", "FOREIGN KEY"],
  ])("cannot be impossible: SET %s", async (change, refusal) => {
    const store = await openTestStore();
    storeOwnedRun(store, [{}]);
    expect(() => store.sqlite.exec(`UPDATE task SET ${change}`)).toThrow(refusal);
  });
});
