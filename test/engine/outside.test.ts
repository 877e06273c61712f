import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { DatabaseError, LockstepError } from "../../src/core/errors.ts";
import { workflow } from "../../src/definition/workflow.ts";
import { Outside } from "../../src/engine/outside.ts";
import { OwnedRuns } from "../../src/engine/owned-runs.ts";
import { watchStopRequest } from "../../src/engine/stop-request.ts";
import { Timers } from "../../src/engine/timers.ts";
import { createFailure } from "../../src/runners/failed-outcome.ts";
import { getRows } from "../../src/store/rows.ts";
import { ManualClock } from "../support/manual-clock.ts";
import { openTestStore } from "../support/open-test-store.ts";
import { startTestEngine, takeTurns } from "../support/test-engine.ts";

test("a file that cannot be read between two turns is told the engine, and ends no process by itself", async () => {
  const store = await openTestStore();
  const fatal: Error[] = [];
  const news: string[] = [];
  const outside = new Outside({
    ...{ store, rows: getRows(store), owned: new OwnedRuns(), timers: new Timers(new ManualClock()) },
    onNews: () => news.push("look"),
    onFatal: (error) => fatal.push(error),
  });
  expect([outside.takeNews(), outside.hasNews()]).toEqual([true, false]);
  store.close();
  expect(outside.hasNews()).toBe(true);
  outside.lookAround(true, false);
  expect([fatal.map((error) => error.message), news]).toEqual([["The database connection is not open"], []]);
});

test("a request to stop that cannot be looked for ends the looking, unless a lock was in the way", () => {
  const clock = new ManualClock();
  const answers: (Error | boolean)[] = [];
  const told: unknown[] = [];
  const watch = () =>
    watchStopRequest(
      {
        isStopRequested() {
          const answer = answers.shift() ?? false;
          if (answer instanceof Error) throw answer;
          return answer;
        },
      },
      ...([1, clock, () => told.push("stop"), (error: Error) => told.push(error)] as const),
    );
  answers.push(new Database.SqliteError("locked", "SQLITE_BUSY"), false, true);
  watch();
  clock.advance(1_000);
  const broken = new DatabaseError("database_io", "broken", { cause: new Database.SqliteError("", "SQLITE_IOERR") });
  answers.push(broken);
  watch();
  expect([told, clock.pending]).toEqual([["stop", broken], 0]);
});

test("an engine that is stopped while it starts leaves no row that says it lives", async () => {
  const wf = workflow("quick");
  wf.task("one", () => 1);
  const engine = await startTestEngine({ workflows: [wf], isIdle: true });
  const other = new Database(engine.path);
  other.exec("BEGIN IMMEDIATE"); // it has to wait for its row
  const both = Promise.all([engine.engine.start(), engine.engine.stop()]);
  await takeTurns(5);
  other.close();
  await engine.drive(both);
  await takeTurns(5);
  expect(engine.store.sqlite.prepare("SELECT status FROM engine").pluck().all()).toEqual(["ended"]);
  await expect(engine.submit(wf)).rejects.toThrow("is stopping");
});

test("an attempt of which a process does not die is not tried again beside it", () => {
  expect(createFailure(new LockstepError("orphan_lives", "Process 1 does not die"))).toMatchObject({
    kind: "failed",
    retryable: false,
  });
});
