import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { callLockstep } from "../support/command-line.ts";
import { createProject } from "../support/command-project.ts";
import { startLockstep } from "../support/lockstep-process.ts";
import { createSpec, insertRunRows } from "../support/run-rows.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";

const QUICK = `name: quick
tasks:
  one: { run: "echo one" }
`;
const ASKS = `name: asks
tasks:
  one: { run: "echo one", output: text }
  two: { needs: [one], run: "false", checkpoint: { message: "Go on?", risk: low, show: { said: "\${{ needs.one }}" } } }
`;
const MANY = `name: many
tasks:
  list: { run: "seq 150", output: lines }
  each: { needs: [list], map: { over: "\${{ needs.list }}" }, run: "sleep 0.01" }
`;

async function createFolder(): Promise<string> {
  const folder = createTemporaryFolder();
  mkdirSync(join(folder, ".lockstep"), { mode: 0o700 });
  for (const [name, text] of Object.entries({ quick: QUICK, asks: ASKS, many: MANY })) {
    writeFileSync(join(folder, `${name}.yaml`), text);
  }
  return folder;
}

const listRuns = async (folder: string): Promise<number[]> =>
  (await callLockstep(folder, ["runs", "--json"])).json().map((line: { run: number }) => line.run);

test("pruning says what would go, asks for a word that it may, and removes runs with their logs", async () => {
  const folder = await createFolder();
  for (let runs = 0; runs < 4; runs += 1) await callLockstep(folder, ["run", "quick.yaml"]);
  expect((await callLockstep(folder, ["prune"])).exitCode).toBe(2);
  expect((await callLockstep(folder, ["prune", "--older-than", "1h", "--dry-run", "--json"])).json()).toMatchObject({
    runs: 0,
    logs: 0,
  });
  const dry = await callLockstep(folder, ["prune", "--keep", "2", "--dry-run", "--json"]);
  expect(dry.json()).toMatchObject({ dryRun: true, runs: 2, decided: 0 });
  const asked = await callLockstep(folder, ["prune", "--keep", "2"]);
  expect(asked.exitCode).toBe(2);
  expect(asked.error).toContain("2 runs that ended before");
  expect(await listRuns(folder)).toEqual([4, 3, 2, 1]);

  const pruned = await callLockstep(folder, ["prune", "--keep", "2", "--yes", "--json"]);
  expect(pruned.json()).toMatchObject({ dryRun: false, runs: 2, decided: 0 });
  expect(await listRuns(folder)).toEqual([4, 3]);
  expect([1, 2, 3, 4].map((run) => existsSync(join(folder, ".lockstep/logs", String(run))))).toEqual([
    ...[false, false],
    ...[true, true],
  ]);
  expect((await callLockstep(folder, ["show", "1"])).exitCode).toBe(4);
  expect(
    (await callLockstep(folder, ["prune", "--older-than", "0s", "--logs-only", "--yes", "--json"])).json(),
  ).toMatchObject({ runs: 0, logs: 2 });
  expect(await listRuns(folder)).toEqual([4, 3]);
});

test("what somebody decided can still be looked at, and such a run is not retried", async () => {
  const folder = await createFolder();
  await callLockstep(folder, ["run", "asks.yaml"]);
  await callLockstep(folder, ["approve", "1.1", "--comment", "fine"]);
  expect((await callLockstep(folder, ["resume", "1"])).exitCode).toBe(1);
  await callLockstep(folder, ["run", "quick.yaml"]);
  await callLockstep(folder, ["run", "asks.yaml"]); // waits
  const before = (await callLockstep(folder, ["checkpoints", "1.1", "--json"])).json();
  expect(before).toMatchObject({ decision: { decision: "approve", comment: "fine" }, show: { said: "one" } });

  const pruned = await callLockstep(folder, ["prune", "--older-than", "0s", "--yes", "--json"]);
  expect(pruned.json()).toMatchObject({ runs: 2, decided: 1 });
  expect(await listRuns(folder)).toEqual([3, 1]);
  expect((await callLockstep(folder, ["checkpoints", "1.1", "--json"])).json()).toEqual(before);
  const shown = (await callLockstep(folder, ["show", "1", "--json"])).json();
  expect(shown).toMatchObject({ status: "failed", tasks: [{ id: "one", output: "one" }, { id: "two" }] });
  const retried = await callLockstep(folder, ["retry", "1"]);
  expect(retried.exitCode).toBe(6);
  expect(retried.error).toContain("was pruned");
  expect((await callLockstep(folder, ["approve", "3.1"])).exitCode).toBe(0);

  const all = await callLockstep(folder, ["prune", "--older-than", "0s", "--with-decisions", "--yes", "--json"]);
  expect(all.json()).toMatchObject({ runs: 1, decided: 0 });
  expect(await listRuns(folder)).toEqual([3]);
});

test("the retention of the config is what prune without options does", async () => {
  const folder = await createFolder();
  writeFileSync(join(folder, "lockstep.config.yaml"), "retention: { runs: 1ms, keep: 1 }\n");
  for (let runs = 0; runs < 3; runs += 1) await callLockstep(folder, ["run", "quick.yaml"]);
  expect((await callLockstep(folder, ["prune", "--yes", "--json"])).json()).toMatchObject({ runs: 2 });
  expect(await listRuns(folder)).toEqual([3]);
});

test("pruning beside an engine that writes disturbs neither, and the file shrinks once no engine runs", async () => {
  const folder = await createFolder();
  for (let runs = 0; runs < 5; runs += 1) await callLockstep(folder, ["run", "quick.yaml"]);
  const run = startLockstep(folder, ["run", "many.yaml"]);
  await run.awaitText("many #6");
  const refused = await callLockstep(folder, ["prune", "--keep", "1", "--vacuum", "--yes", "--json"]);
  expect(refused.json().error.code).toBe("database_in_use");
  expect(await run.ended).toMatchObject({ exitCode: 0 });
  expect(await listRuns(folder)).toEqual([6, 5]);
  const shrunk = await callLockstep(folder, ["prune", "--older-than", "0s", "--vacuum", "--yes", "--json"]);
  expect(shrunk.json()).toMatchObject({ runs: 1, freeBytes: 0 });
  const database = new Database(join(folder, ".lockstep/lockstep.db"), { readonly: true });
  expect(database.pragma("integrity_check", { simple: true })).toBe("ok");
  expect(database.pragma("foreign_key_check")).toEqual([]);
  database.close();
});

test("a decided child whose parent is gone, and a run that is half gone, can be looked at", async () => {
  const { folder, store, call } = await createProject();
  const spec = createSpec("one", { a: [], b: ["a"] });
  insertRunRows(store, spec);
  insertRunRows(store, spec, { parentTaskId: 2 ** 20, slotId: 7 });
  const half = insertRunRows(store, spec, { status: "failed" });
  store.sqlite.exec(
    `INSERT INTO checkpoint (run_id, number, kind, layer, status, hash, message, risk, on_timeout, created_at)
       VALUES (2, 1, 'layer', 0, 'applied', 'h', 'Go on?', 'low', 'hold', 1);
     INSERT INTO decision (checkpoint_id, choice, sameness, seen_hash, actor_kind, actor, via, at)
       VALUES (1, 'approve', 's', 'h', 'person', 'alice', 'cli', 1);
     INSERT INTO checkpoint (run_id, number, kind, layer, status, hash, message, risk, on_timeout, created_at)
       VALUES (3, 1, 'layer', 0, 'void', 'h', 'Go on?', 'low', 'hold', 1)`,
  );
  insertRunRows(store, spec);
  expect((await call("prune", "--older-than", "0s", "--yes", "--json")).json()).toMatchObject({ runs: 2, decided: 1 });
  store.sqlite.exec(
    `UPDATE run SET row_count = -1 WHERE id = ${half}; DELETE FROM task WHERE run_id = ${half} AND idx = 0`,
  );
  for (const run of ["2", String(half)]) {
    for (const argv of [
      ["show", run],
      ["why", run],
      ["checkpoints", `${run}.1`],

      ["show", run, "--json"],
    ]) {
      const { exitCode, error } = await callLockstep(folder, argv);
      expect([...argv, error]).toEqual([...argv, ""]);
      expect(exitCode).toBe(0);
    }
  }
});
