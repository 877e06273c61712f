import { expect, test } from "vitest";
import type { NewCheckpoint } from "../../src/store/checkpoint-rows.ts";
import type { NewDecision } from "../../src/store/decision-rows.ts";
import type { Store } from "../../src/store/open-store.ts";
import { getRows } from "../../src/store/rows.ts";
import { getTaskId } from "../../src/store/task-id.ts";
import { openTestStore } from "../support/open-test-store.ts";
import { CREATED_AT, createSpec, insertRunRows } from "../support/run-rows.ts";

const SPEC = createSpec("sample", { a: [], b: ["a"] });

function insertWaiting(store: Store): number {
  return insertRunRows(store, SPEC, { status: "waiting", tasks: { b: { status: "waiting" } } });
}

function createGate(runId: number | null, more: Partial<NewCheckpoint> = {}): NewCheckpoint {
  return {
    ...{ runId, kind: "task", key: null, layer: null, taskId: runId === null ? null : getTaskId(runId, 1) },
    ...{ round: 1, hash: "a".repeat(64), message: "Go on?", risk: "low", shownJson: null, onTimeout: "hold" },
    ...{ expiresAt: null, createdAt: CREATED_AT },
    ...more,
  };
}

function createDecision(checkpointId: number, more: Partial<NewDecision> = {}): NewDecision {
  return {
    ...{ checkpointId, choice: "approve", patchJson: null, sameness: '["approve",{}]', reason: null, comment: null },
    ...{ seenHash: "a".repeat(64), actorKind: "person", actor: "alice", effectiveUser: "root", host: "srv1" },
    ...{ tty: "/dev/pts/0", via: "cli", at: CREATED_AT },
    ...more,
  };
}

test("numbers count from 1 in each run, and a question without a run has its id", async () => {
  const store = await openTestStore();
  const { checkpoints } = getRows(store);
  const [one, other] = [insertWaiting(store), insertWaiting(store)];
  const numbers = store.transaction(() => [
    checkpoints.insert(createGate(one)).number,
    checkpoints.insert(createGate(one, { round: 2 })).number,
    checkpoints.insert(createGate(other)).number,
    checkpoints.insert(createGate(null, { kind: "ask" })).number,
  ]);
  expect(numbers).toEqual([1, 2, 1, 4]);
  expect(checkpoints.find(one, 2)?.round).toBe(2);
  expect(checkpoints.find(null, 4)?.kind).toBe("ask");
  expect(checkpoints.find(other, 2)).toBeUndefined();
});

test("a status moves only from the one that was expected", async () => {
  const store = await openTestStore();
  const { checkpoints } = getRows(store);
  const runId = insertWaiting(store);
  const { id } = store.transaction(() => checkpoints.insert(createGate(runId)));
  store.transaction(() => checkpoints.mark(id, "open", "approved", 5));
  expect(() => store.transaction(() => checkpoints.mark(id, "open", "rejected", 6))).toThrow("its row is not open");
  store.transaction(() => checkpoints.mark(id, "approved", "applied", 7));
  expect(checkpoints.get(id)).toMatchObject({ status: "applied", decidedAt: 5, appliedAt: 7 });
});

test("a decision is never changed, never deleted, and there is one for a checkpoint", async () => {
  const store = await openTestStore();
  const { checkpoints, decisions } = getRows(store);
  const runId = insertWaiting(store);
  const { id } = store.transaction(() => checkpoints.insert(createGate(runId)));
  const decision = createDecision(id, { patchJson: '{"only":[1]}' });
  store.transaction(() => decisions.insert(decision));
  expect(decisions.find(id)).toMatchObject(decision);
  expect(() => store.transaction(() => decisions.insert(createDecision(id)))).toThrow();
  expect(() => store.sqlite.exec("UPDATE decision SET choice = 'reject'")).toThrow("a decision stands once made");
  expect(() => store.sqlite.exec("DELETE FROM decision")).toThrow("a decision stands once made");
});

test("what expires is found in order, what is held or decided is not, and the next instant is known", async () => {
  const store = await openTestStore();
  const { checkpoints } = getRows(store);
  const runId = insertWaiting(store);
  store.transaction(() => {
    for (const [expiresAt, onTimeout] of [
      [30, "reject"],
      [10, "approve"],
      [20, "hold"],
      [40, "reject"],
    ] as const) {
      checkpoints.insert(createGate(runId, { expiresAt, onTimeout }));
    }
    checkpoints.mark(
      checkpoints.insert(createGate(runId, { expiresAt: 5, onTimeout: "reject" })).id,
      "open",
      "approved",
      1,
    );
  });
  expect(checkpoints.listExpired(30, 10).map((row) => row.expiresAt)).toEqual([10, 30]);
  expect(checkpoints.findNextExpiry()).toBe(10);
  for (const row of checkpoints.listExpired(40, 10))
    store.transaction(() => checkpoints.mark(row.id, "open", "rejected", 40));
  expect(checkpoints.findNextExpiry()).toBeUndefined();
});

test("what a run leaves behind is void when it has ended, and superseded where its task was reset", async () => {
  const store = await openTestStore();
  const { checkpoints } = getRows(store);
  const runId = insertWaiting(store);
  const insert = () => store.transaction(() => checkpoints.insert(createGate(runId)).id);
  const kept = insert();
  store.transaction(() => checkpoints.closeLeft(runId, "running", -1));
  expect(checkpoints.get(kept).status).toBe("open");
  store.sqlite.exec("UPDATE task SET status = 'pending' WHERE idx = 1");
  store.transaction(() => checkpoints.closeLeft(runId, "running", -1));
  expect(checkpoints.get(kept).status).toBe("superseded");
  const last = insert();
  store.transaction(() => checkpoints.closeLeft(runId, "canceled", -1));
  expect(checkpoints.get(last).status).toBe("void");
  expect(checkpoints.listPending(runId)).toEqual([]);
});

test("one key is one question", async () => {
  const store = await openTestStore();
  const { checkpoints } = getRows(store);
  const { id } = store.transaction(() => checkpoints.insert(createGate(null, { kind: "ask", key: "plan" })));
  expect(checkpoints.findByKey("plan")?.id).toBe(id);
  expect(() => store.transaction(() => checkpoints.insert(createGate(null, { kind: "ask", key: "plan" })))).toThrow();
});
