import { expect, test } from "vitest";
import { createNoticeRows } from "../../src/store/notice-rows.ts";
import { openTestStore } from "../support/open-test-store.ts";
import { createSpec, insertRunRows } from "../support/run-rows.ts";

const RUNS = 100_000;

/** A run with a failed task, among 100,000 that succeeded and that a channel was told of; one message is due. */
async function openLongHistory() {
  const store = await openTestStore();
  const spec = createSpec("load", { one: [], two: ["one"] });
  const first = insertRunRows(store, spec, { status: "failed", tasks: { two: { status: "failed" } } });
  store.transaction(() =>
    store.sqlite.exec(`
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${RUNS})
      INSERT INTO run (id, uid, definition_id, workflow, status, mode, input, cwd, scheduled_at, row_count, created_at, finished_at)
      SELECT ${first} + i, 'u' || i, definition_id, workflow, 'succeeded', mode, input, cwd, scheduled_at, row_count, created_at, 1
      FROM n, run WHERE run.id = ${first};
      INSERT INTO task (id, run_id, idx, layer, status)
      SELECT r.id * 1048576 + d.idx, r.id, d.idx, d.layer, 'succeeded' FROM run AS r, definition_task AS d WHERE r.id > ${first};
      INSERT INTO notice (channel, kind, subject, body, status, created_at)
      SELECT 'ops', 'succeeded', 'run:' || id, '{}', 'delivered', 1 FROM run WHERE id > ${first};`),
  );
  const notices = createNoticeRows(store);
  store.transaction(() =>
    notices.insert({ channel: "ops", kind: "failed", subject: `run:${first}`, body: "{}", createdAt: 5 }),
  );
  return { notices, first };
}

test("what is due and what failed are found in the same time after 100,000 runs that were told of", async () => {
  const { notices, first } = await openLongHistory();
  const startedAt = performance.now();
  for (let look = 0; look < 200; look++) {
    expect(notices.listDue("ops", 10, 4)).toHaveLength(1);
    expect(notices.listDueElsewhere(["chat"], 10, 4)).toHaveLength(1);
    expect(notices.listFailedTasks(first, 5)).toEqual(["two"]);
  }
  // A walk over the tasks or over what was told takes 15 ms and more; two hundred of these take about as long.
  expect(performance.now() - startedAt).toBeLessThan(1_000);
});
