import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readMetrics } from "../../src/views/read-metrics.ts";
import { callLockstep } from "../support/command-line.ts";
import { createProject } from "../support/command-project.ts";
import { startLockstep } from "../support/lockstep-process.ts";
import { openTestStore } from "../support/open-test-store.ts";
import { type ParsedSample, parsePrometheusText } from "../support/prometheus-text.ts";
import { CREATED_AT, createSpec, insertAttempt, insertRunRows } from "../support/run-rows.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";
import { waitUntil } from "../support/wait-until.ts";

const ONE = createSpec("one", { a: [] });
const HOSTILE = createSpec('ha"rd\\name\nof \x1b[31mred', { a: [] });

const pick = (
  samples: readonly ParsedSample[],
  name: string,
  labels: Record<string, string> = {},
): number | undefined =>
  samples.find(
    (sample) =>
      sample.name === `lockstep_${name}` && Object.entries(labels).every(([key, text]) => sample.labels[key] === text),
  )?.value;

test("metrics are in the text format of Prometheus, whatever names people give", async () => {
  const { folder, store } = await createProject();
  const { sqlite } = store;
  for (let runs = 0; runs < 3; runs += 1) insertRunRows(store, ONE);
  insertRunRows(store, HOSTILE, { status: "failed" });
  insertAttempt(store, 4, 0);
  const waits = insertRunRows(store, ONE, { status: "waiting" });
  insertRunRows(store, ONE, { status: "queued", mode: "detached", startedAt: null });
  const now = Date.now();
  sqlite.exec(
    `INSERT INTO checkpoint (run_id, number, kind, layer, status, hash, message, risk, on_timeout, expires_at, created_at)
     VALUES (${waits}, 1, 'layer', 0, 'open', 'h', 'Go on?', 'high', 'hold', ${now - 1_000}, ${now - 60_000});
     INSERT INTO schedule (id, workflow, name, cron, timezone, policy, cursor_at, next_at)
     VALUES (1, 'one', 'one', '* * * * *', 'UTC', '{}', 1, ${now - 120_000});
     INSERT INTO slot (schedule_id, due_at, status, run_id) VALUES (1, ${now - 1_000}, 'fired', 1), (1, ${now - 2_000}, 'late', 2)`,
  );
  const ran = await callLockstep(folder, ["metrics"]);
  expect(ran.exitCode).toBe(0);
  expect(ran.out).not.toContain("\x1b");
  const samples = parsePrometheusText(ran.out);
  expect(pick(samples, "runs", { workflow: "one", status: "succeeded" })).toBe(3);
  expect(samples.find(({ labels }) => labels.workflow?.startsWith("ha"))?.labels.workflow).toBe(
    'ha"rd\\name\\nof \\x1b[31mred',
  );
  expect(pick(samples, "runs_submitted_total")).toBe(6);
  expect(pick(samples, "queue_runs")).toBe(1);
  expect(pick(samples, "tasks", { status: "succeeded" })).toBe(2);
  expect(pick(samples, "attempts_recent", { status: "failed" })).toBe(1);
  expect([pick(samples, "inbox", { risk: "high" }), pick(samples, "inbox", { risk: "low" })]).toEqual([1, 0]);
  expect(pick(samples, "inbox_overdue")).toBe(1);
  expect(pick(samples, "inbox_oldest_age_seconds")).toBeGreaterThanOrEqual(60);
  expect(pick(samples, "schedule_late_seconds", { schedule: "one" })).toBeGreaterThanOrEqual(120);
  expect(pick(samples, "schedule_last_success_timestamp_seconds")).toBe((CREATED_AT + 1_000) / 1_000);
  expect(pick(samples, "slots_day", { status: "late" })).toBe(1);
  expect(pick(samples, "run_duration_seconds", { workflow: "one", quantile: "0.5" })).toBe(1);
  expect(pick(samples, "database_bytes")).toBeGreaterThan(0);
  expect((await callLockstep(folder, ["metrics", "--json"])).json().length).toBeGreaterThan(15);
});

test("without a database the metrics say that it is not there", async () => {
  const ran = await callLockstep(createTemporaryFolder(), ["metrics", "--db", "none.db"]);
  expect(pick(parsePrometheusText(ran.out), "up")).toBe(0);
});

test("metrics cost little on 100,000 runs", async () => {
  const store = await openTestStore();
  insertRunRows(store, ONE);
  store.sqlite.exec(`
    INSERT INTO run (id, uid, definition_id, workflow, status, mode, input, cwd, scheduled_at, row_count, created_at, started_at, finished_at)
    SELECT value, 'u' || value, 1, 'w' || (value % 50), 'succeeded', 'detached', printf('%.*c', 200, 'x'), '/work', '2026-11-24T02:30:00.000Z', 1, 1, 1, 2
    FROM json_each((SELECT '[' || group_concat(n) || ']' FROM (WITH RECURSIVE c (n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM c WHERE n < 100001) SELECT n FROM c)))`);
  readMetrics(store, () => false, Date.now());
  const startedAt = performance.now();
  const metrics = readMetrics(store, () => false, Date.now());
  const tookMs = performance.now() - startedAt;
  console.log(`metrics of 100,000 runs in ${Math.round(tookMs)} ms`);
  expect(metrics.find(({ name }) => name === "runs")?.samples).toHaveLength(50);
  expect(tookMs).toBeLessThan(2_000);
});

test("events are followed from before the first run on, over engines that come and go, and end with a signal", async () => {
  const folder = createTemporaryFolder();
  writeFileSync(join(folder, "quick.yaml"), 'name: quick\ntasks:\n  one: { run: "echo one" }\n');
  const env = { LOCKSTEP_DB: join(folder, "state/lockstep.db") };
  const follower = startLockstep(folder, ["events", "-f", "--json", "--types", "run"], env);
  for (const number of [1, 2]) {
    expect(await startLockstep(folder, ["run", "quick.yaml"], env).ended).toMatchObject({ exitCode: 0 });
    await follower.awaitText(`"run":${number},"kind":"run.succeeded"`);
  }
  follower.child.kill("SIGINT");
  const { exitCode, out, error } = await follower.ended;
  expect([exitCode, error]).toEqual([0, ""]);
  const events = out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(events.filter(({ kind }) => kind === "run.succeeded")).toHaveLength(2);
  expect(events.every(({ kind }) => kind.startsWith("run."))).toBe(true);
  const seqs = events.map(({ seq }) => seq);
  expect([...seqs].sort((one, other) => one - other)).toEqual(seqs);
});

test("--after last tells only what comes, within a moment, and a reader that goes away ends it", async () => {
  const { folder, store } = await createProject();
  const note = (): unknown =>
    store.transaction(() =>
      store.sqlite.exec(
        `INSERT INTO event (id, at, run_id, data) VALUES ((SELECT coalesce(max(id), 0) + 1 FROM event), ${Date.now()}, NULL, '[{"kind":"note.made"}]')`,
      ),
    );
  note();
  const follower = startLockstep(folder, ["events", "-f", "--json", "--after", "last"]);
  let out = "";
  follower.child.stdout?.on("data", (text: string) => {
    out += text;
  });
  let noted = 1;
  await waitUntil(() => {
    if (out === "") {
      note();
      noted += 1;
    }
    return out !== "";
  }, "an event is told");
  expect(out).not.toContain('"seq":1,');
  const madeAt = performance.now();
  note();
  await waitUntil(() => out.includes(`"seq":${noted + 1},`), "the next one is told");
  expect(performance.now() - madeAt).toBeLessThan(1_000); // 250 ms on a machine that does nothing else
  follower.child.stdout?.destroy();
  await waitUntil(() => {
    note();
    return follower.child.exitCode !== null;
  }, "it has ended");
  expect(follower.child.exitCode).toBe(0);
});
