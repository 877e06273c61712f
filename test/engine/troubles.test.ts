import Database from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { DatabaseError } from "../../src/core/errors.ts";
import { workflow } from "../../src/definition/workflow.ts";
import { createFaultyStore, type Fault } from "../support/faulty-store.ts";
import { type AnyWorkflow, startTestEngine, type TestEngine, takeTurns } from "../support/test-engine.ts";

function databaseError(code: string, sqliteCode: string): DatabaseError {
  return new DatabaseError(code, `injected: ${sqliteCode}`, {
    cause: new Database.SqliteError(sqliteCode, sqliteCode),
  });
}

const BUSY = databaseError("database_locked", "SQLITE_BUSY");
const FULL = databaseError("database_full", "SQLITE_FULL");
const BROKEN = databaseError("database_io", "SQLITE_IOERR_FSYNC");
const CONSTRAINT = new Database.SqliteError("CHECK constraint failed: task_status", "SQLITE_CONSTRAINT_CHECK");

/** Three layers of three, the middle one with an await, and what each task did. */
function createWorkflow(done: string[] = []): AnyWorkflow {
  const wf = workflow("nine");
  const first = [0, 1, 2].map((n) => wf.task(`a${n}`, () => done.push(`a${n}`)));
  const second = [0, 1, 2].map((n) =>
    wf.task(`b${n}`, { after: first }, async () => {
      await takeTurns(1 + n);
      return done.push(`b${n}`);
    }),
  );
  for (const n of [0, 1, 2]) wf.task(`c${n}`, { after: second }, () => done.push(`c${n}`));
  return wf;
}

/** One task that lasts until it is let go, whatever its signal says, and one after it. */
function createHeld() {
  const gate = Promise.withResolvers<void>();
  let begun = 0;
  const wf = workflow("held");
  const held = {
    live: 0,
    letGo: gate.resolve,
    workflow: wf as AnyWorkflow,
    begun: async (count: number) => {
      while (begun < count) await takeTurns(1);
    },
  };
  const hold = wf.task("hold", { grace: "1h" }, async () => {
    begun++;
    held.live++;
    await gate.promise;
    held.live--;
  });
  wf.task("after", { after: [hold] }, () => 1);
  return held;
}

async function startFaulty(
  workflows: readonly AnyWorkflow[],
  judge: (n: number, engine: TestEngine | undefined) => Fault,
  onFatal?: (error: Error) => void,
): Promise<TestEngine> {
  const cell: { engine?: TestEngine } = {};
  const faulty = createFaultyStore((n) => judge(n, cell.engine));
  const engine = await startTestEngine({ workflows, wrap: faulty.wrap, ...(onFatal === undefined ? {} : { onFatal }) });
  cell.engine = engine;
  return engine;
}

describe.each(["before", "commit"] as const)("a database that is busy, said %s", (at) => {
  test("at every second transaction costs time, and neither a result nor a second execution", async () => {
    const done: string[] = [];
    const wf = createWorkflow(done);
    const engine = await startFaulty([wf], (n, started) =>
      started !== undefined && n % 2 === 0 ? { at, error: BUSY } : undefined,
    );
    const id = await engine.drive(engine.submit(wf));
    expect(await engine.reach(id)).toBe("succeeded");
    expect(done).toHaveLength(9);
    expect(engine.store.sqlite.prepare("SELECT count(*) FROM attempt").pluck().get()).toBe(0);
  });

  test("does not let a map run more of its instances than it may", async () => {
    let active = 0;
    let most = 0;
    const wf = workflow("mapped");
    wf.map("each", { over: () => Array.from({ length: 20 }, (_, n) => n), maxConcurrent: 3 }, async ({ item }) => {
      most = Math.max(most, ++active);
      await takeTurns(1 + (item % 3));
      active--;
    });
    const engine = await startFaulty([wf], (n, started) =>
      started !== undefined && n % 3 === 0 ? { at, error: BUSY } : undefined,
    );
    const id = await engine.drive(engine.submit(wf));
    expect(await engine.reach(id)).toBe("succeeded");
    expect(most).toBe(3);
  });

  test("is waited for by a submission that cannot await", async () => {
    const wf = createWorkflow();
    let busyFor = 5;
    const engine = await startFaulty([wf], (_, started) =>
      started !== undefined && busyFor-- > 0 ? { at, error: BUSY } : undefined,
    );
    const id = engine.engine.submitNow(engine.toSubmission(wf));
    expect(engine.rows.runs.get(id).status).toBe("running");
    expect(await engine.reach(id)).toBe("succeeded");
    expect(engine.store.sqlite.prepare("SELECT count(*) FROM run").pluck().get()).toBe(1);
  });

  test("for good refuses a submission that cannot await, and starts nothing later", async () => {
    const wf = createWorkflow();
    let isBusy = true;
    const engine = await startFaulty([wf], (_, started) =>
      started !== undefined && isBusy ? { at, error: BUSY } : undefined,
    );
    expect(() => engine.engine.submitNow(engine.toSubmission(wf))).toThrow(BUSY);
    isBusy = false;
    await engine.drive(takeTurns(20));
    expect(engine.store.sqlite.prepare("SELECT count(*) FROM run").pluck().get()).toBe(0);
  });
});

describe.each(["before", "commit"] as const)("a disk that is full, said %s", (at) => {
  test("holds up what is new, keeps what was done, and goes on once there is space", async () => {
    const done: string[] = [];
    const wf = createWorkflow(done);
    let isFull = false;
    const engine = await startFaulty([wf], () => (isFull ? { at, error: FULL } : undefined));
    const id = await engine.submit(wf);
    isFull = true;
    await takeTurns(6);
    const doneThen = done.length;
    engine.clock.advance(60_000);
    await takeTurns(6);
    expect(done).toHaveLength(doneThen);
    isFull = false;
    expect(await engine.reach(id)).toBe("succeeded");
    expect(done).toHaveLength(9);
  });

  test("for more than five minutes ends the engine, and whoever waits is told", async () => {
    const wf = createWorkflow();
    let isFull = false;
    const fatal: Error[] = [];
    const engine = await startFaulty(
      [wf],
      () => (isFull ? { at, error: FULL } : undefined),
      (error) => fatal.push(error),
    );
    const id = await engine.submit(wf);
    isFull = true;
    const startAt = engine.clock.now();
    await expect(engine.reach(id)).rejects.toThrow(FULL);
    expect(fatal).toEqual([FULL]);
    expect(engine.clock.now() - startAt).toBeGreaterThan(5 * 60_000);
    expect(engine.clock.now() - startAt).toBeLessThan(6 * 60_000);
  });
});

describe("a disk that fails", () => {
  test("ends the engine at once: whether it was committed is not known, and nothing is tried again", async () => {
    const wf = createWorkflow();
    const fatal: Error[] = [];
    let after = 0;
    let isBroken = false;
    const engine = await startFaulty(
      [wf],
      () => {
        if (!isBroken) return undefined;
        after++;
        return { at: "after", error: BROKEN };
      },
      (error) => fatal.push(error),
    );
    const id = await engine.submit(wf);
    isBroken = true;
    await expect(engine.reach(id)).rejects.toThrow(BROKEN);
    expect([fatal, after]).toEqual([[BROKEN], 1]);
    await expect(engine.submit(wf)).rejects.toMatchObject({ code: "engine_stopped" });
    expect(() => engine.engine.submitNow(engine.toSubmission(wf))).toThrow("stopping");
  });
});

describe("a row that is not as it should be", () => {
  test("fails its run as internal, and the others go on", async () => {
    const done: string[] = [];
    const good = createWorkflow(done);
    const bad = workflow("bad");
    const gate = Promise.withResolvers<void>();
    bad.task("only", () => gate.promise);
    const engine = await startTestEngine({ workflows: [good, bad] });
    const badId = await engine.submit(bad);
    await takeTurns(3);
    engine.store.sqlite.exec(
      `CREATE TRIGGER refuses BEFORE UPDATE ON task WHEN new.run_id = ${badId} AND new.status = 'succeeded'
       BEGIN SELECT raise(ABORT, 'refused'); END`,
    );
    const goodId = await engine.submit(good);
    gate.resolve();
    expect(await engine.reach(goodId)).toBe("succeeded");
    expect(await engine.reach(badId)).toBe("failed");
    expect(engine.rows.runs.get(badId).reason).toBe("internal");
    expect(engine.statuses(badId)).toEqual({ only: "canceled" });
    expect(done).toHaveLength(9);
  });

  test("of a run that is queued does not end the engine that comes to it", async () => {
    const wf = createWorkflow();
    const fatal: Error[] = [];
    const engine = await startTestEngine({ workflows: [wf], onFatal: (error) => fatal.push(error) });
    const id = await engine.submit(wf);
    await engine.reach(id);
    engine.change((control) => control.retry(id, "c0"));
    engine.store.sqlite.exec("UPDATE task SET status = 'running' WHERE idx = 0");
    engine.store.sqlite.exec("UPDATE run SET layer = 2");
    const other = await engine.submit(wf);
    expect(await engine.reach(other)).toBe("succeeded");
    await engine.reach(id);
    expect(fatal).toEqual([]);
  });

  test("that shows only when a request is applied ends its run alone, and the engine and the others go on", async () => {
    const fatal: Error[] = [];
    const held = createHeld();
    const engine = await startTestEngine({ workflows: [held.workflow], onFatal: (error) => fatal.push(error) });
    const [badId, goodId] = [await engine.submit(held.workflow), await engine.submit(held.workflow)];
    await held.begun(2);
    engine.store.sqlite.exec(
      `CREATE TRIGGER refuses BEFORE UPDATE ON task WHEN new.run_id = ${badId} AND new.status = 'canceled'
       BEGIN SELECT raise(ABORT, 'refused'); END`,
    );
    engine.change((control) => {
      control.cancel(badId, null);
      control.cancel(goodId, null);
    });
    await takeTurns(10);
    engine.store.sqlite.exec("DROP TRIGGER refuses");
    held.letGo();
    expect(await engine.reach(goodId)).toBe("canceled");
    expect(await engine.reach(badId)).toBe("canceled"); // as was asked
    const events = engine.store.sqlite.prepare("SELECT data FROM event WHERE run_id = ?").pluck().all(badId);
    expect(events.filter((data) => String(data).includes("run.internal_error"))).toHaveLength(1);
    expect(fatal).toEqual([]);
  });

  test("fails its run only once its attempts are dead, and a retry begins then", async () => {
    const held = createHeld();
    const engine = await startTestEngine({ workflows: [held.workflow] });
    const id = await engine.submit(held.workflow);
    await held.begun(1);
    engine.store.sqlite.exec(`UPDATE task SET status = 'pending' WHERE run_id = ${id} AND idx = 1`);
    engine.store.sqlite.exec(`UPDATE task SET status = 'ready' WHERE run_id = ${id} AND idx = 0`);
    engine.change((control) => control.cancel(id, null));
    await takeTurns(10);
    expect([engine.rows.runs.getStatus(id), held.live]).toEqual(["running", 1]);
    expect(() => engine.change((control) => control.retry(id, "hold"))).toThrow("is running");
    held.letGo();
    expect(await engine.reach(id)).toBe("failed");
    expect(held.live).toBe(0);
  });

  test("that cannot even be read fails its run, and the engine goes on", async () => {
    const fatal: Error[] = [];
    const wf = createWorkflow();
    const engine = await startTestEngine({ workflows: [wf], onFatal: (error) => fatal.push(error) });
    const id = await engine.submit(wf);
    await engine.reach(id);
    engine.change((control) => control.retry(id, "c0"));
    engine.store.sqlite.exec(`UPDATE run SET row_count = 11 WHERE id = ${id}`);
    const other = await engine.submit(wf);
    expect([await engine.reach(other), await engine.reach(id)]).toEqual(["succeeded", "failed"]);
    expect(engine.rows.runs.get(id).reason).toBe("internal");
    expect(engine.statuses(id)).toMatchObject({ b0: "succeeded", c0: "canceled" });
    expect(fatal).toEqual([]);
  });

  test("is found by the outcome that it belongs to, when a transaction of many throws", async () => {
    const done: string[] = [];
    const wf = createWorkflow(done);
    let throwsAt = Number.POSITIVE_INFINITY;
    const engine = await startFaulty([wf], (n) => (n === throwsAt ? { at: "commit", error: CONSTRAINT } : undefined));
    const ids = [await engine.submit(wf), await engine.submit(wf)];
    throwsAt = 4;
    for (const id of ids) expect(await engine.reach(id)).toBe("succeeded");
    expect(done).toHaveLength(18);
  });
});
