import { describe, expect, test } from "vitest";
import { NotFoundError } from "../../src/core/errors.ts";
import { moveRun } from "../../src/core/run-state.ts";
import { getRows, saveRun, saveRuns } from "../../src/store/rows.ts";
import { RunLostError } from "../../src/store/run-writes.ts";
import { openTestStore } from "../support/open-test-store.ts";
import { createTasksSpec, storeEngine, storeOwnedRun, storePlan, storeRun } from "../support/stored-run.ts";

describe("the rows of runs", () => {
  test("give back what was submitted, a large input included", async () => {
    const store = await openTestStore();
    const rows = getRows(store);
    const inputJson = JSON.stringify({ text: "ü".repeat(5_000) });
    const id = store.transaction(() => storeRun(rows, storePlan(rows, createTasksSpec([{}, {}])), { inputJson }).id);
    expect(rows.runs.get(id)).toMatchObject({ status: "queued", intent: "none", mode: "detached", inputJson });
    expect(rows.runs.getSaved(id, -1)).toMatchObject({
      ...{ id, uid: "uid-1", strategy: "layers", isReviewed: false, maxConcurrent: null, rowCount: 2, ownerId: null },
      facts: { inputJson, labels: { team: "ops" }, scheduledAt: "2026-11-24T02:30:00Z", cwd: "/work" },
    });
    expect(store.sqlite.prepare("SELECT input IS NULL FROM run").pluck().get()).toBe(1);
  });

  test("have none that was never there", async () => {
    const store = await openTestStore();
    expect(getRows(store).runs.find(7)).toBeUndefined();
    expect(() => getRows(store).runs.get(7)).toThrow(NotFoundError);
  });

  test("list the queue in its order, after an id, and no more than asked for", async () => {
    const store = await openTestStore();
    const rows = getRows(store);
    store.transaction(() => {
      const plan = storePlan(rows, createTasksSpec([{}]));
      for (let count = 0; count < 5; count++) storeRun(rows, plan);
    });
    expect(rows.runs.listQueued(0, 3).map(({ id }) => id)).toEqual([1, 2, 3]);
    expect(rows.runs.listQueued(3, 3).map(({ id }) => id)).toEqual([4, 5]);
  });

  test("refuse a second run of the same workflow with the same key", async () => {
    const store = await openTestStore();
    const rows = getRows(store);
    const submit = (name: string) =>
      store.transaction(() => storeRun(rows, storePlan(rows, createTasksSpec([{}], name)), { key: "k" }));
    submit("one");
    submit("two");
    expect(() => submit("one")).toThrow("UNIQUE constraint failed: run.workflow, run.key");
    expect(rows.runs.findByKey("two", "k")?.id).toBe(2);
    expect(rows.runs.findByKey("three", "k")).toBeUndefined();
  });

  test("are written by their owner only: another engine's run is lost to it, and nothing of it is written", async () => {
    const store = await openTestStore();
    const rows = getRows(store);
    const state = storeOwnedRun(store, [{}]);
    const other = store.transaction(() => storeEngine(rows, "other"));
    store.sqlite.prepare("UPDATE run SET engine_id = ?").run(other);
    expect(() => store.transaction(() => rows.runs.assertOwned([state]))).toThrow(RunLostError);
    moveRun(state, "succeed");
    Object.assign(state, { finishedAt: 20, ownerId: null });
    expect(() => store.transaction(() => saveRun(rows, state, 20))).toThrow(RunLostError);
    expect(rows.runs.get(state.id)).toMatchObject({ status: "running", engineId: other });
  });

  test.each([0, 3, 5])("name the one of many that is lost, and write none of them (the one at %i)", async (at) => {
    const store = await openTestStore();
    const rows = getRows(store);
    const [mine, other] = store.transaction(() => [storeEngine(rows, "mine"), storeEngine(rows, "other")] as const);
    const states = Array.from({ length: 6 }, () => storeOwnedRun(store, [{}], mine));
    const lost = states[at]?.id as number;
    store.sqlite.prepare("UPDATE run SET engine_id = ? WHERE id = ?").run(other, lost);
    for (const state of states) {
      moveRun(state, "succeed");
      Object.assign(state, { finishedAt: 20, ownerId: null });
    }
    const save = () => store.transaction(() => saveRuns(rows, states, 20));
    expect(save).toThrow(expect.objectContaining({ code: "run_lost", runId: lost }));
    expect(store.sqlite.prepare("SELECT count(*) FROM run WHERE status = 'running'").pluck().get()).toBe(6);
  });

  test.each([
    ["status = 'sleeping'", "run_status"],
    ["intent = 'destroy'", "run_intent"],
    ["mode = 'daemon'", "run_mode"],
    ["status = 'running'", "run_owned"],
    ["engine_id = 1", "run_owned"],
    ["status = 'succeeded'", "run_finished"],
    ["finished_at = 1", "run_finished"],
    ["engine_id = 99, status = 'running'", "FOREIGN KEY"],
  ])("cannot be impossible: SET %s", async (change, refusal) => {
    const store = await openTestStore();
    const rows = getRows(store);
    store.transaction(() => {
      storeEngine(rows);
      storeRun(rows, storePlan(rows, createTasksSpec([{}])));
    });
    expect(() => store.sqlite.exec(`UPDATE run SET ${change}`)).toThrow(refusal);
  });

  test("keep what others want of them until they have ended", async () => {
    const store = await openTestStore();
    const rows = getRows(store);
    const state = storeOwnedRun(store, [{}]);
    const engineId = state.ownerId as number;
    rows.runs.setIntent(state.id, "cancel", "enough");
    expect(rows.runs.listIntents(engineId)).toEqual([{ id: state.id, intent: "cancel", reason: "enough" }]);
    expect(rows.runs.listIntents(engineId + 1)).toEqual([]);
    expect(rows.runs.listOwned(engineId).map(({ id }) => id)).toEqual([state.id]);
    Object.assign(state, { intent: "cancel", finishedAt: 20, ownerId: null });
    moveRun(state, "cancel");
    store.transaction(() => saveRun(rows, state, 20));
    expect(rows.runs.get(state.id).intent).toBe("none");
    expect(rows.runs.listIntents(engineId)).toEqual([]);
  });
});
