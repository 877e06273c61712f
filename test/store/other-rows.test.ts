import { describe, expect, test } from "vitest";
import { claimNext } from "../../src/core/claim.ts";
import { finishTurn } from "../../src/core/finish-turn.ts";
import type { Outcome } from "../../src/core/outcome.ts";
import { settleAttempt } from "../../src/core/settle-attempt.ts";
import type { TaskNode } from "../../src/core/task-node.ts";
import { getRows, saveRun } from "../../src/store/rows.ts";
import { findLastSeq, listEvents } from "../../src/views/list-events.ts";
import { openTestStore } from "../support/open-test-store.ts";
import { createTasksSpec, storeEngine, storeOwnedRun, storePlan } from "../support/stored-run.ts";

const failed = (message: string): Outcome => ({
  ...{ kind: "failed", status: "crashed", retryable: true, exitCode: 7, signal: "SIGSEGV", logBytes: 10, logCut: 2 },
  error: { name: "Error", message },
});

describe("the rows of attempts", () => {
  test("are written once, at the end, and not for a plain first success", async () => {
    const store = await openTestStore();
    const rows = getRows(store);
    const retry = { attempts: 2, backoffMs: 0, factor: 1, maxDelayMs: 1, jitter: 0 };
    const state = storeOwnedRun(store, [{}, { retry }]);
    const settleAll = (of: (node: TaskNode) => Outcome, now: number): void => {
      for (let node = claimNext(state, "function", now); node; node = claimNext(state, "function", now))
        settleAttempt(state, node, of(node), now + 5, () => 0);
      finishTurn(state, now);
      store.transaction(() => saveRun(rows, state, now));
    };
    settleAll((node) => (node.index === 0 ? { kind: "succeeded", output: "1" } : failed("first")), 20);
    const read = store.sqlite.prepare(
      "SELECT task_id - (1 << 20), generation, number, status, exit_code, signal, log_bytes, log_cut, started_at, finished_at FROM attempt",
    );
    expect(read.raw().all()).toEqual([[1, 0, 1, "crashed", 7, "SIGSEGV", 10, 2, 20, 25]]);
  });

  test("name the task that failed, and what it said last", async () => {
    const store = await openTestStore();
    const rows = getRows(store);
    const state = storeOwnedRun(store, [{}, {}]);
    claimNext(state, "function", 20);
    claimNext(state, "function", 20);
    settleAttempt(state, state.nodes[1] as TaskNode, failed("boom"), 25, () => 0);
    store.transaction(() => saveRun(rows, state, 25));
    expect(rows.attempts.findFailure(state.id)).toMatchObject({ task: "t1", error: { message: "boom" } });
  });

  test("refuse a second one with the same number, and a status that is none", async () => {
    const store = await openTestStore();
    storeOwnedRun(store, [{}]);
    const insert = (status: string) =>
      store.sqlite.exec(
        `INSERT INTO attempt (task_id, generation, number, status) VALUES (1 << 20, 0, 1, '${status}')`,
      );
    expect(() => insert("lost")).toThrow("attempt_status");
    insert("failed");
    expect(() => insert("failed")).toThrow("UNIQUE constraint failed");
    expect(() => store.sqlite.exec("UPDATE attempt SET task_id = 5")).toThrow("FOREIGN KEY");
  });
});

describe("the rows of events", () => {
  test("number every fact once, a fact about many tasks once for each", async () => {
    const store = await openTestStore();
    const { events } = getRows(store);
    events.insert(null, [{ kind: "slot.late" }], 1);
    events.insert(null, [{ kind: "task.started", tasks: [0, 1, 2] }, { kind: "run.paused" }], 2);
    events.insert(null, [], 3);
    events.insert(null, [{ kind: "run.resumed" }], 4);
    expect(store.sqlite.prepare("SELECT id, at FROM event ORDER BY id").raw().all()).toEqual([
      [1, 1],
      [5, 2],
      [6, 4],
    ]);
  });
});

test("a row about several runs tells each of them all that happened to it, in order, and numbers it", async () => {
  const store = await openTestStore();
  const { events } = getRows(store);
  const states = [0, 1, 2, 3, 4].map(() => storeOwnedRun(store, [{}, {}]));
  for (const [at, state] of states.entries()) {
    state.events = [
      { kind: "task.succeeded", tasks: [0] },
      at === 2 ? { kind: "task.started", tasks: [0, 1] } : { kind: "run.paused" },
    ];
    if (at === 3) state.events = [];
    if (at === 4) state.events = [{ kind: "run.failed", data: { reason: "a" } }];
  }
  const before = findLastSeq(store);
  events.insertOfRuns(states, 7);
  const ids = states.map(({ id }) => id);
  const { events: read } = listEvents(store, { after: before });
  expect(read.map(({ seq, run, kind, task, data }) => [seq - before, run, kind, task, data])).toEqual([
    [1, ids[0], "task.succeeded", "t0", {}],
    [2, ids[0], "run.paused", null, {}],
    [3, ids[1], "task.succeeded", "t0", {}],
    [4, ids[1], "run.paused", null, {}],
    [5, ids[2], "task.succeeded", "t0", {}],
    [6, ids[2], "task.started", "t0", {}],
    [7, ids[2], "task.started", "t1", {}],
    [8, ids[4], "run.failed", null, { reason: "a" }],
  ]);
  expect(listEvents(store, { after: before, run: ids[1] as number }).events.map(({ seq }) => seq - before)).toEqual([
    3, 4,
  ]);
  expect(store.sqlite.prepare("SELECT data FROM event ORDER BY id DESC LIMIT 1").pluck().get()).toContain(
    `[{"runs":[${ids[0]},${ids[1]}],"facts":[`,
  );
});

describe("the rows of values", () => {
  test("give back the text as it was, and count its bytes", async () => {
    const store = await openTestStore();
    const { values } = getRows(store);
    const json = JSON.stringify({ text: "ü€😀\u0000\u2028", list: [1.5, null, true] });
    const id = values.insert(json);
    expect(values.get(id)).toBe(json);
    expect(store.sqlite.prepare("SELECT bytes FROM value").pluck().get()).toBe(Buffer.byteLength(json));
    expect(() => values.get(id + 1)).toThrow("referred to and exists");
  });
});

describe("the rows of definitions", () => {
  test("are there once, however often a spec comes, with the layer of each task", async () => {
    const store = await openTestStore();
    const rows = getRows(store);
    const spec = createTasksSpec([{}, {}, { after: [0, 1] }]);
    const [first, second] = store.transaction(() => [storePlan(rows, spec), storePlan(rows, spec)]);
    expect(second?.definitionId).toBe(first?.definitionId);
    expect(rows.definitions.get(first?.definitionId as number)).toEqual({ id: 1, hash: first?.hash, spec });
    expect(store.sqlite.prepare("SELECT idx, name, layer FROM definition_task").raw().all()).toEqual([
      [0, "t0", 0],
      [1, "t1", 0],
      [2, "t2", 1],
    ]);
  });

  test("know the medians of runs that have succeeded, and of no others", async () => {
    const store = await openTestStore();
    const { definitions } = getRows(store);
    const durations = [30, 10, 20];
    expect(definitions.listMedianMs(1)).toBeUndefined();
    for (let count = 0; count < 3; count++) storeOwnedRun(store, [{}]);
    expect(definitions.listMedianMs(1)).toBeUndefined();
    store.sqlite.exec("UPDATE run SET status = 'succeeded', engine_id = NULL, finished_at = 1");
    durations.forEach((ms, at) => {
      store.sqlite.exec(
        `UPDATE task SET status = 'succeeded', started_at = 100, finished_at = ${100 + ms} WHERE run_id = ${at + 1}`,
      );
    });
    expect(definitions.listMedianMs(1)).toEqual([20]);
  });
});

describe("the rows of engines", () => {
  test("list the others that may live, and note once that one is to stop", async () => {
    const store = await openTestStore();
    const { engines } = getRows(store);
    const ids = ["a", "b", "c", "d"].map((name) => storeEngine(getRows(store), name));
    const [a, b, c, d] = ids as [number, number, number, number];
    engines.mark(b, "draining", null);
    engines.mark(c, "lost", 5);
    engines.mark(d, "ended", 6);
    expect(engines.listOthers(a).map(({ id, status }) => [id, status])).toEqual([[b, "draining"]]);
    expect(engines.isStopRequested(a)).toBe(false);
    engines.requestStop(a, 7);
    engines.requestStop(a, 8);
    expect(engines.isStopRequested(a)).toBe(true);
    expect(store.sqlite.prepare("SELECT stop_requested_at FROM engine WHERE id = ?").pluck().get(a)).toBe(7);
    expect(() => storeEngine(getRows(store), "a")).toThrow("UNIQUE constraint failed: engine.lock_file");
  });
});

test("a store that an engine opens is at FULL, with keys on, in WAL mode", async () => {
  const { sqlite } = await openTestStore({ access: "execute" });
  const read = (pragma: string): unknown => sqlite.pragma(pragma, { simple: true });
  expect([read("synchronous"), read("foreign_keys"), read("journal_mode")]).toEqual([2, 1, "wal"]);
});
