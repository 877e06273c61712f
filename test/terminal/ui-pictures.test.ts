import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { drawScreen } from "../support/draw-screen.ts";
import { openTestStore } from "../support/open-test-store.ts";
import { createSpec, insertAttempt, insertRunRows } from "../support/run-rows.ts";
import { openScreen, type Screen } from "../support/screen.ts";
import { insertWaitingRun } from "../support/ui-database.ts";

/** Where the pictures of the documentation lie. They are drawn with `DRAW_SCREENS=1 vitest run test/terminal/ui-pictures.test.ts`. */
const FOLDER = join(import.meta.dirname, "../../docs/screens");

function keep(name: string, screen: Screen): void {
  const svg = drawScreen(screen);
  expect(svg).toMatch(/^<svg .*<text .*<\/svg>\n$/s);
  if (!process.env.DRAW_SCREENS) return;
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(join(FOLDER, `${name}.svg`), svg);
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
  const screen = openScreen(["ui", "--db", store.path]);
  await screen.waitFor("Send 4 replies");
  keep("inbox", screen);
  await screen.press("enter");
  await screen.waitFor("rejects in 19h");
  keep("checkpoint", screen);
  await screen.press("2");
  await screen.waitFor("HTTP 429");
  keep("runs", screen);
  await screen.press("end", "enter");
  await screen.waitFor("WHY");
  keep("run", screen);
  await screen.press("l");
  await screen.waitFor("41 MiB written");
  keep("log", screen);
});
