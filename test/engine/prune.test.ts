import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { planPrune } from "../../src/engine/plan-prune.ts";
import { pruneLogs } from "../../src/engine/prune-logs.ts";
import { countPrunable, pruneDefinitions, pruneEngines, pruneRuns } from "../../src/engine/prune-runs.ts";
import { systemClock } from "../../src/platform/clock.ts";
import type { Store } from "../../src/store/open-store.ts";
import { createPruneRows } from "../../src/store/prune-rows.ts";
import { needRootOnLinux } from "../support/need-root.ts";
import { openTestStore } from "../support/open-test-store.ts";
import { createSpec, insertAttempt, insertInstances, insertRunRows } from "../support/run-rows.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";

const pause = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const ALL = { beforeAt: Number.MAX_SAFE_INTEGER, keep: 0, withDecisions: false };
const ONE = createSpec("one", { a: [], b: ["a"] });
const OTHER = createSpec("other", { a: [] });
const MAP = createSpec("map", { list: [], each: ["list"] });

async function prune(store: Store, policy: Partial<typeof ALL> = {}) {
  const gone: number[] = [];
  const onGone = async (runId: number): Promise<void> => void gone.push(runId);
  const pruned = await pruneRuns({ store, clock: systemClock, pause, onGone }, { ...ALL, ...policy });
  expect(store.sqlite.pragma("foreign_key_check")).toEqual([]);
  expect(store.sqlite.pragma("foreign_keys", { simple: true })).toBe(1);
  return { ...pruned, gone };
}

const listIds = (store: Store, table: string): number[] =>
  store.sqlite.prepare<[], number>(`SELECT id FROM ${table} ORDER BY id`).pluck().all();
const count = (store: Store, table: string): number =>
  store.sqlite.prepare<[], number>(`SELECT count(*) FROM ${table}`).pluck().get() ?? 0;

function insertValue({ sqlite }: Store, bytes = 10): number {
  return Number(sqlite.prepare("INSERT INTO value (bytes, json) VALUES (?, ?)").run(bytes, "x").lastInsertRowid);
}

/** A gate of a run that was decided, or not. */
function insertGate(store: Store, runId: number, decided: boolean, taskId: number | null = null): void {
  const { sqlite } = store;
  const number =
    sqlite.prepare<[number], number>("SELECT count(*) + 1 FROM checkpoint WHERE run_id = ?").pluck().get(runId) ?? 1;
  const { lastInsertRowid } = sqlite
    .prepare(
      `INSERT INTO checkpoint (run_id, number, kind, layer, task_id, status, hash, message, risk, shown_id, on_timeout, created_at)
       VALUES (?, ?, ?, ?, ?, ?, 'h', 'Go on?', 'low', ?, 'hold', 1)`,
    )
    .run(
      ...[runId, number, taskId === null ? "layer" : "task", taskId === null ? 0 : null, taskId],
      decided ? "applied" : "void",
      insertValue(store),
    );
  if (!decided) return;
  sqlite
    .prepare(
      `INSERT INTO decision (checkpoint_id, choice, patch_id, sameness, seen_hash, actor_kind, actor, via, at)
       VALUES (?, 'approve', ?, 's', 'h', 'person', 'alice', 'cli', 1)`,
    )
    .run(lastInsertRowid, insertValue(store));
}

test("finished runs go with all their rows, values and events; the newest run stays, so that no number comes twice", async () => {
  const store = await openTestStore();
  const withValues = { a: { outputId: insertValue(store), givenId: insertValue(store) } };
  for (let runs = 0; runs < 3; runs += 1) insertRunRows(store, ONE, runs === 0 ? { tasks: withValues } : {});
  insertAttempt(store, 1, 0);
  insertGate(store, 2, false);
  insertGate(store, 3, false);
  store.sqlite.exec(
    `UPDATE run SET input = NULL, input_id = ${insertValue(store)} WHERE id = 1;
     INSERT INTO event (id, at, run_id, data) VALUES (1, 1, 1, '[]'), (2, 1, 2, '[]'), (3, 1, 3, '[]'),
       (4, 1, NULL, '[{"kind":"x","run":1},{"kind":"x","run":2}]'), (5, 1, NULL, '[{"kind":"x","run":1},{"kind":"x","run":3}]'),
       (6, 1, NULL, '[{"runs":[1,2],"facts":[{"kind":"x"}]}]'), (7, 1, NULL, '[{"runs":[1],"facts":[]},{"runs":[2,3],"facts":[]}]'),
       (8, 1, 1, '[]')`,
  );
  expect(await countPrunable({ store, pause }, ALL)).toEqual({ runs: 2, decided: 0, oldest: 1, newest: 2 });
  expect(await prune(store)).toMatchObject({ runs: 2, decided: 0, gone: [2, 1] });
  expect(listIds(store, "run")).toEqual([3]);
  expect(new Set(store.sqlite.prepare("SELECT run_id FROM task").pluck().all())).toEqual(new Set([3]));
  expect([count(store, "attempt"), count(store, "value"), count(store, "checkpoint")]).toEqual([0, 1, 1]);
  expect(listIds(store, "event")).toEqual([3, 5, 7, 8]);
  expect(insertRunRows(store, ONE)).toBe(4);
});

test("age and the number to keep are both limits: what is older goes unless it is among the newest of its workflow", async () => {
  const store = await openTestStore();
  for (let day = 1; day <= 6; day += 1) {
    insertRunRows(store, ONE, { finishedAt: day * 1_000 });
    if (day < 3) insertRunRows(store, OTHER, { finishedAt: day * 1_000 });
  }
  await prune(store, { beforeAt: 5_000, keep: 2 });
  const left = store.sqlite.prepare("SELECT workflow || ' ' || finished_at FROM run ORDER BY id").pluck().all();
  expect(left).toEqual(["other 1000", "other 2000", "one 5000", "one 6000"]);
});

test("what waits, runs, is queued or paused stays, and so do its parents and children", async () => {
  const store = await openTestStore();
  const engine = Number(
    store.sqlite
      .prepare(
        "INSERT INTO engine (lock_file, kind, pid, boot_id, host, version, status, started_at) VALUES ('a', 'run', 1, 'b', 'h', '1', 'lost', 1)",
      )
      .run().lastInsertRowid,
  );
  const parent = insertRunRows(store, ONE);
  insertRunRows(store, OTHER, { parentTaskId: parent * 2 ** 20 + 1, status: "waiting" });
  const parentRunning = insertRunRows(store, ONE, { status: "running", engineId: engine });
  insertRunRows(store, OTHER, { parentTaskId: parentRunning * 2 ** 20 });
  for (const status of ["queued", "paused"] as const) insertRunRows(store, ONE, { status });
  const grandparent = insertRunRows(store, ONE);
  const middle = insertRunRows(store, ONE, { parentTaskId: grandparent * 2 ** 20 });
  insertRunRows(store, OTHER, { parentTaskId: middle * 2 ** 20 + 1 });
  insertRunRows(store, OTHER);
  expect((await prune(store)).gone.sort()).toEqual([grandparent, middle, middle + 1]);
  expect(count(store, "run")).toBe(7);
});

test("what people decided outlives its run: the run, its declared tasks and what was shown stay", async () => {
  const store = await openTestStore();
  const run = insertRunRows(store, MAP, { tasks: { list: { outputId: insertValue(store) } } });
  store.transaction(() => insertInstances(store, run, 1, [{}, { outputId: insertValue(store) }, {}]));
  insertAttempt(store, run, 0);
  insertGate(store, run, true);
  insertGate(store, run, true, run * 2 ** 20 + 4);
  insertRunRows(store, ONE);
  insertGate(store, 2, false);
  expect(await prune(store)).toMatchObject({ runs: 1, decided: 1 });
  expect(count(store, "decision")).toBe(2);
  const kept = store.sqlite.prepare("SELECT idx, items_count FROM task WHERE run_id = ? ORDER BY id").all(run);
  expect(kept).toEqual([
    { idx: 0, items_count: null },
    { idx: 1, items_count: null },
    { idx: 4, items_count: null },
  ]);
  expect(count(store, "value")).toBe(6); // the output, what was shown three times, and two patches
  expect(count(store, "attempt")).toBe(0);
  expect(await prune(store)).toMatchObject({ runs: 0 }); // once

  expect(await prune(store, { withDecisions: true })).toMatchObject({ runs: 1, decided: 0 });
  expect([count(store, "decision"), count(store, "run"), count(store, "value")]).toEqual([0, 1, 1]);
});

test("the ledger keeps the slot of a run that is gone", async () => {
  const store = await openTestStore();
  insertRunRows(store, ONE);
  insertRunRows(store, ONE);
  store.sqlite.exec(
    `INSERT INTO schedule (id, workflow, name, cron, timezone, policy, cursor_at) VALUES (1, 'one', 'one', '* * * * *', 'UTC', '{}', 1);
     INSERT INTO slot (schedule_id, due_at, status, run_id) VALUES (1, 1, 'fired', 1)`,
  );
  await prune(store);
  expect(store.sqlite.prepare("SELECT status, run_id FROM slot").get()).toEqual({ status: "fired", run_id: null });
});

test("a prune that was ended in the middle is finished by the next, whatever its policy", async () => {
  const store = await openTestStore();
  const wide = createSpec("wide", Object.fromEntries(Array.from({ length: 1_200 }, (_, index) => [`t${index}`, []])));
  insertRunRows(store, wide, { finishedAt: 1_000 });
  insertRunRows(store, ONE, { finishedAt: 9_000 });
  const stop = new Error("ended");
  let turns = 0;
  const parts = {
    store,
    clock: systemClock,
    onGone: async () => {},
    pause: async () => {
      turns += 1;
      if (turns === 2) throw stop;
    },
  };
  await expect(pruneRuns(parts, ALL)).rejects.toBe(stop);
  const left = count(store, "task");
  expect(left).toBeGreaterThan(2);
  expect(left).toBeLessThan(1_202);
  expect(store.sqlite.pragma("foreign_key_check")).toEqual([]);
  expect(await prune(store, { beforeAt: 0 })).toMatchObject({ runs: 1 });
  expect([count(store, "task"), count(store, "run")]).toEqual([2, 1]);
});

test("no transaction deletes more than 500 rows, nor values of many megabytes", async () => {
  const store = await openTestStore();
  const ids = Array.from({ length: 900 }, (_, index) => `t${index}`);
  const wide = createSpec("wide", Object.fromEntries(ids.map((id) => [id, []])));
  const tasks = Object.fromEntries(ids.map((id) => [id, { outputId: insertValue(store, 100_000) }]));
  insertRunRows(store, wide, { tasks });
  insertRunRows(store, ONE);
  const changes: number[] = [];
  const { sqlite } = store;
  const transaction = store.transaction;
  const counting: Store = {
    ...store,
    transaction: (fn) => {
      const before = sqlite.prepare<[], number>("SELECT total_changes()").pluck().get() ?? 0;
      const result = transaction(fn);
      changes.push((sqlite.prepare<[], number>("SELECT total_changes()").pluck().get() ?? 0) - before);
      return result;
    },
  };
  await prune(counting);
  expect(count(store, "task")).toBe(2);
  expect(Math.max(...changes)).toBeLessThanOrEqual(501);
  expect(changes.length).toBeGreaterThan(10); // 8 MiB of values at most: 80 tasks
});

test("deleting costs its rows, not a scan for each: 100,000 tasks beside 100,000 that stay", {
  timeout: 60_000,
}, async () => {
  const store = await openTestStore();
  const ids = Array.from({ length: 50_000 }, (_, index) => `t${index}`);
  const wide = createSpec("wide", Object.fromEntries(ids.map((id) => [id, []])));
  for (let runs = 0; runs < 4; runs += 1) insertRunRows(store, wide, { finishedAt: runs < 2 ? 1_000 : 9_000 });
  insertRunRows(store, ONE, { finishedAt: 9_000 });
  const startedAt = performance.now();
  expect(await prune(store, { beforeAt: 5_000 })).toMatchObject({ runs: 2 });
  const tookMs = performance.now() - startedAt;
  console.log(`pruned 100,000 tasks in ${Math.round(tookMs)} ms`);
  expect(count(store, "task")).toBe(100_002);
  expect(tookMs).toBeLessThan(20_000);
});

test("definitions go once neither a run nor a workflow has them", async () => {
  const store = await openTestStore();
  for (const spec of [ONE, OTHER, MAP]) insertRunRows(store, spec);
  store.sqlite.exec("INSERT INTO workflow (name, file, definition_id, loaded_at) VALUES ('other', 'o.yaml', 2, 1)");
  await prune(store);
  await pruneDefinitions({ store, clock: systemClock });
  expect(listIds(store, "definition")).toEqual([2, 3]);
  expect(store.sqlite.pragma("foreign_key_check")).toEqual([]);
});

test("logs go by the age of their runs, and those without a run go; a number that is not given yet stays", async () => {
  const store = await openTestStore();
  const logsDir = join(dirname(store.path), "logs");
  insertRunRows(store, ONE, { finishedAt: 1_000 });
  insertRunRows(store, ONE, { finishedAt: 9_000 });
  insertRunRows(store, ONE, { status: "queued" });
  insertRunRows(store, ONE, { finishedAt: 9_000 });
  await prune(store, { beforeAt: 0 });
  store.sqlite.exec("DELETE FROM task WHERE run_id = 2; DELETE FROM run WHERE id = 2");
  for (const run of [1, 2, 3, 4, 9]) {
    mkdirSync(join(logsDir, String(run)), { recursive: true });
    writeFileSync(join(logsDir, String(run), "a.0.1.log"), "12345");
  }
  writeFileSync(join(logsDir, "notes.txt"), "");
  const parts = { store, logsDir, pause };
  expect(await pruneLogs(parts, 5_000, true)).toEqual({ folders: 2, bytes: 10 });
  expect(await pruneLogs(parts, 5_000)).toEqual({ folders: 2, bytes: 10 });
  expect(readdirSync(logsDir).sort()).toEqual(["3", "4", "9", "notes.txt"]);
});

test("the search for what may go uses its indexes", async () => {
  const store = await openTestStore();
  const rows = createPruneRows(store);
  insertRunRows(store, ONE);
  const pages = [];
  for await (const trees of planPrune(rows, ALL, pause)) pages.push(trees);
  expect(pages).toEqual([[]]);
  const plan = store.sqlite
    .prepare<[], { detail: string }>(
      "EXPLAIN QUERY PLAN SELECT r.id FROM run AS p JOIN run AS r ON r.parent_task_id >= p.id * 1048576 AND r.parent_task_id <= p.id * 1048576 + 1048575 WHERE p.id = 1",
    )
    .all()
    .map((line) => line.detail);
  expect(plan.join("\n")).toContain("INDEX run_parent");
});

test("rows of engines go once they have ended and own nothing, except the newest", async () => {
  const store = await openTestStore();
  for (const [id, status] of ["ended", "lost", "lost", "live", "ended"].entries()) {
    store.sqlite
      .prepare(
        `INSERT INTO engine (id, lock_file, kind, pid, boot_id, host, version, status, started_at, ended_at)
         VALUES (?, ?, 'run', 1, 'b', 'h', '1', ?, 1, ?)`,
      )
      .run(id + 1, `${id}.lock`, status, status === "live" ? null : 5);
  }
  insertRunRows(store, ONE, { status: "running", engineId: 3 });
  await pruneEngines({ store, clock: systemClock }, 10);
  expect(listIds(store, "engine")).toEqual([3, 4, 5]);
  expect(store.sqlite.pragma("foreign_key_check")).toEqual([]);
});

test("logs that belong to another member of the group stay, and stand in nobody's way", async (context) => {
  needRootOnLinux(context, "another user");
  const folder = createTemporaryFolder();
  chmodSync(folder, 0o777);
  const logsDir = join(folder, "logs");
  mkdirSync(join(logsDir, "1"), { recursive: true, mode: 0o700 });
  writeFileSync(join(logsDir, "1/a.0.1.log"), "12345");
  chmodSync(logsDir, 0o755);
  const script = `import { removeRunLogs } from "${join(import.meta.dirname, "../../src/engine/prune-logs.ts")}";
    process.setuid(65534); await removeRunLogs("${logsDir}", 1); console.log("done");`;
  const tried = spawnSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
  expect([tried.stdout, tried.stderr]).toEqual(["done\n", ""]);
  expect(readdirSync(join(logsDir, "1"))).toEqual(["a.0.1.log"]);
});
