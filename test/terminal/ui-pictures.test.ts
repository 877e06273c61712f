import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import type { WorkflowSpec } from "../../src/core/workflow-spec.ts";
import type { Store } from "../../src/store/open-store.ts";
import { drawScreen } from "../support/draw-screen.ts";
import { openTestStore } from "../support/open-test-store.ts";
import { CREATED_AT, createSpec, insertAttempt, insertRunRows } from "../support/run-rows.ts";
import { openScreen, type Screen } from "../support/screen.ts";
import { insertWaitingRun } from "../support/ui-database.ts";
import { insertSchedule, insertSlot } from "../support/ui-schedules.ts";

/** Where the pictures of the documentation lie. They are drawn with `DRAW_SCREENS=1 vitest run test/terminal/ui-pictures.test.ts`. */
const FOLDER = join(import.meta.dirname, "../../docs/screens");

/** Once its keys are live: before, a dot says that they are not. */
async function keep(name: string, screen: Screen): Promise<void> {
  await screen.waitFor(() => /^ \S/.test(screen.lines().at(-1) ?? ""));
  const svg = drawScreen(screen);
  expect(svg).toMatch(/^<svg .*<text .*<\/svg>\n$/s);
  if (!process.env.DRAW_SCREENS) return;
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(join(FOLDER, `${name}.svg`), svg);
}

const DAY_MS = 86_400_000;

/** Two schedules, one with ten slots, and the runs that came of them; returns that one. */
function seedSchedules(store: Store, backup: WorkflowSpec): number {
  const nextAt = CREATED_AT + Math.ceil((Date.now() - CREATED_AT) / DAY_MS) * DAY_MS;
  const outcomes = ["fired", "fired", "fired", "late", "fired", "failed", "fired", "skipped", "fired"] as const;
  const runs = outcomes.map((outcome, at) => {
    const dueAt = CREATED_AT - (outcomes.length - at) * DAY_MS;
    if (outcome === "skipped") return { dueAt, status: outcome, run: undefined };
    const status = outcome === "failed" ? "failed" : "succeeded";
    const times = { createdAt: dueAt, startedAt: dueAt, finishedAt: dueAt + 30_000 + 4_000 * ((at * 7) % 5) };
    const run = insertRunRows(store, backup, { status, mode: "detached", ...times });
    return { dueAt, status: outcome === "late" ? outcome : ("fired" as const), run };
  });
  const seeded = { cron: "30 3 * * *", zone: "Europe/Paris", nextAt };
  const nightly = insertSchedule(store, { workflow: "nightly-backup", ...seeded });
  for (const { dueAt, status, run } of runs) insertSlot(store, nightly, dueAt, status, run);
  insertSchedule(store, { workflow: "import", cron: "15 * * * *", zone: "UTC", nextAt: Date.now() + DAY_MS / 48 });
  return nightly;
}

test("each screen is drawn as a picture", async () => {
  const store = await openTestStore();
  const hour = 3_600_000;
  const backup = createSpec(
    "nightly-backup",
    { dump: [], verify: ["dump"], old: ["verify"], prune: ["old"] },
    {
      of: {
        prune: { map: { maxConcurrent: 12 } },
        dump: { retry: { attempts: 3, backoffMs: 1_000, factor: 2, maxDelayMs: 60_000, jitter: 0 } },
      },
    },
  );
  const files = Array.from(
    { length: 12 },
    (_, at) => `/srv/backup/app-2026-11-${String(at + 8).padStart(2, "0")}.dump`,
  );
  const expiry = { expiresAt: Date.now() + 19.2 * hour, onTimeout: "reject" } as const;
  const nightly = seedSchedules(store, backup);
  const run = insertWaitingRun(store, backup, {
    message: "Delete 12 old files in /srv/backup?",
    risk: "high",
    resolved: files,
    createdAt: Date.now() - 0.8 * hour,
    ...expiry,
  });
  insertAttempt(store, run, 0, { error: JSON.stringify({ message: "connection refused" }) });
  const merge = createSpec("merge-configs", { read_a: [], read_b: [], merge: ["read_a", "read_b"] });
  insertWaitingRun(store, merge, { message: "Write the merged file?", risk: "medium" });
  insertWaitingRun(store, createSpec("agent-triage", { read: [], send: ["read"] }), {
    message: "Send 4 replies to customers?",
    risk: "low",
  });
  const imported = createSpec("import", { list: [], load: ["list"] });
  const failed = insertRunRows(store, imported, { status: "failed", tasks: { load: { status: "failed" } } });
  insertAttempt(store, failed, 1, { error: JSON.stringify({ message: "HTTP 429" }) });
  const logs = join(dirname(store.path), "logs", String(run));
  mkdirSync(logs, { recursive: true });
  const lines = [
    "o dumping database app",
    'e pg_dump: warning: circular foreign keys on table "node"',
    "o 41 MiB written",
  ];
  writeFileSync(
    join(logs, "dump.0.1.log"),
    lines.map((line, at) => `${1_764_000_000_000 + at * 937} ${line}\n`).join(""),
  );
  store.sqlite.exec(`UPDATE run SET created_at = ${CREATED_AT} WHERE id = ${run}`);
  insertSlot(store, nightly, CREATED_AT, "fired", run);
  const screen = openScreen(["ui", "--db", store.path], { env: { SUDO_USER: "alice" } });
  await screen.waitFor("Send 4 replies");
  await keep("inbox", screen);
  await screen.press("enter");
  await screen.waitFor("rejects in 19h");
  await keep("checkpoint", screen);
  await screen.press("2");
  await screen.waitFor("HTTP 429");
  await keep("runs", screen);
  for (let at = 0; at < 3; at++) await screen.press("j");
  await screen.waitFor(new RegExp(`› ${run} `));
  await screen.press("enter");
  await screen.waitFor("WHY");
  await keep("run", screen);
  await screen.press("l");
  await screen.waitFor("41 MiB written");
  await keep("log", screen);
  await screen.press("3");
  await screen.waitFor(/held: \d+\.1/);
  await keep("schedules", screen);
});
