import { expect, onTestFinished, test } from "vitest";
import { getScheduleRows } from "../../src/store/schedule-rows.ts";
import { openTestStore } from "../support/open-test-store.ts";
import { createSpec, insertRunRows } from "../support/run-rows.ts";

const SLOTS = 100_000;

/** A ledger of so many slots, each with a run that has ended, but the first one's, which still waits, and a pending one. */
async function openLongLedger() {
  const store = await openTestStore();
  onTestFinished(() => store.close());
  const schedules = getScheduleRows(store);
  const spec = createSpec("load", { one: [] });
  store.transaction(() =>
    schedules.upsert({
      ...{ workflow: "load", name: "load", cron: "* * * * *", timezone: "UTC", policyJson: "{}" },
      ...{ cursorAt: 1, nextAt: 2 },
    }),
  );
  const first = insertRunRows(store, spec, { mode: "detached", status: "waiting", slotId: 1 });
  store.transaction(() =>
    store.sqlite.exec(`
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${SLOTS})
      INSERT INTO run (id, uid, definition_id, workflow, slot_id, status, mode, input, cwd, scheduled_at, row_count, created_at, finished_at)
      SELECT ${first} + i, 'u' || i, definition_id, workflow, 1 + i, 'succeeded', mode, input, cwd, scheduled_at, row_count, created_at, 1
      FROM n, run WHERE run.id = ${first};
      INSERT INTO slot (id, schedule_id, due_at, status, run_id) SELECT slot_id, 1, slot_id * 1000, 'fired', id FROM run;
      INSERT INTO slot (schedule_id, due_at, status, reason) VALUES (1, 999999999, 'pending', 'hold');`),
  );
  return { schedules, first };
}

test("what is unfinished and what is pending of a schedule costs the same after 100,000 slots", async () => {
  const { schedules, first } = await openLongLedger();
  const startedAt = performance.now();
  for (let look = 0; look < 1_000; look++) {
    expect(schedules.listOpenRuns(1)).toEqual([{ id: first, status: "waiting" }]);
    expect(schedules.listPending(1)).toHaveLength(1);
  }
  // A walk over the ledger takes 20 ms and more; a thousand of these take about as long.
  expect(performance.now() - startedAt).toBeLessThan(2_000);
});
