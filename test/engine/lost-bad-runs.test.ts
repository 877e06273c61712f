import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { DatabaseError } from "../../src/core/errors.ts";
import { workflow } from "../../src/definition/workflow.ts";
import { createFaultyStore } from "../support/faulty-store.ts";
import { startTestEngine, type TestEngine, takeTurns } from "../support/test-engine.ts";

function createWorkflow() {
  const wf = workflow("load");
  const one = wf.task("one", () => 1);
  wf.task("two", { after: [one] }, () => 2);
  return wf;
}

/** As damage leaves it: it has more rows than tasks. */
function spoil({ store }: TestEngine, runId: number): void {
  store.sqlite.exec(`UPDATE run SET row_count = 11 WHERE id = ${runId}`);
}

test("a lost run that cannot be read fails alone: the next engine starts, and the other lost runs go on", async () => {
  const wf = createWorkflow();
  const fatal: Error[] = [];
  const before = await startTestEngine({ workflows: [wf] });
  const [bad, good] = [await before.submit(wf), await before.submit(wf)];
  for (const id of [bad, good]) {
    await before.reach(id);
    before.store.transaction(() => before.control.retry(id, "two"));
  }
  await before.stop();
  const next = await startTestEngine({
    ...{ workflows: [wf], path: before.path, isIdle: true },
    onFatal: (error) => fatal.push(error),
  });
  next.store.sqlite.exec(`
    INSERT INTO engine (id, lock_file, kind, pid, boot_id, host, version, status, started_at)
    VALUES (99, 'gone.lock', 'daemon', 1, 'boot', 'host', 'test', 'live', 1);
    UPDATE run SET status = 'running', engine_id = 99`);
  spoil(next, bad);
  await next.engine.start();
  expect([await next.reach(good), next.rows.runs.getStatus(bad)]).toEqual(["succeeded", "failed"]);
  expect(next.rows.runs.get(bad).reason).toBe("internal");
  expect([next.rows.engines.find(99)?.status, fatal]).toEqual(["lost", []]);
});

test("an engine that stops gives its runs back, though one of them has to be read again and cannot be", async () => {
  const wf = workflow("later");
  wf.task("one", { retry: { attempts: 3, backoff: "1h" } }, () => {
    throw new Error("not yet");
  });
  let isBusy = false;
  const busy = new DatabaseError("database_locked", "injected", {
    cause: new Database.SqliteError("SQLITE_BUSY", "SQLITE_BUSY"),
  });
  const faulty = createFaultyStore(() => (isBusy ? { at: "commit", error: busy } : undefined));
  const engine = await startTestEngine({ workflows: [wf], wrap: faulty.wrap });
  const [bad, good] = [await engine.submit(wf), await engine.submit(wf)];
  await takeTurns(5);
  expect(engine.statuses(bad)).toEqual({ one: "retrying" });
  engine.store.transaction(() => {
    for (const id of [bad, good]) engine.rows.runs.setIntent(id, "pause", null);
  });
  isBusy = true;
  engine.engine.noteRequests();
  await takeTurns(3);
  isBusy = false;
  spoil(engine, bad);
  await engine.drive(engine.engine.stop());
  expect(engine.rows.engines.find(engine.engine.id)?.status).toBe("ended");
  expect([bad, good].map((id) => engine.rows.runs.getStatus(id))).toEqual(["failed", "queued"]);
});
