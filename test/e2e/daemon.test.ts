import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { startLockstep } from "../support/lockstep-process.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";

const TICK = `name: tick
schedule: { cron: "* * * * * *", overlap: allow, catchup: all }
tasks:
  one: { run: "echo hi" }
`;

function createProject(): string {
  const folder = createTemporaryFolder();
  mkdirSync(join(folder, "workflows"), { mode: 0o700 });
  mkdirSync(join(folder, ".lockstep"), { mode: 0o700 });
  writeFileSync(join(folder, "workflows/tick.yaml"), TICK, { mode: 0o600 });
  return folder;
}

const startDaemon = (folder: string) => startLockstep(folder, ["daemon", "--workflows", "workflows"]);

test("killed at once, started again, and two at a time: no slot is lost or doubled", async () => {
  const folder = createProject();
  const first = startDaemon(folder);
  await first.awaitText('"run":2');
  const second = startDaemon(folder);
  await second.awaitText("daemon.ready");
  first.child.kill("SIGKILL");
  await first.ended;
  await second.awaitText("slot.fired");
  second.child.kill("SIGKILL");
  await second.ended;
  const third = startDaemon(folder);
  await third.awaitText("slot.fired");
  third.child.kill("SIGTERM");
  expect(await third.ended).toMatchObject({ exitCode: 0 });

  const db = new Database(join(folder, ".lockstep/lockstep.db"), { readonly: true });
  const slots = db
    .prepare<[], { at: number; run: number }>("SELECT due_at AS at, run_id AS run FROM slot ORDER BY due_at")
    .all();
  const runs = db.prepare<[], number>("SELECT count(*) FROM run").pluck().get();
  db.close();
  expect(slots.length).toBeGreaterThan(3);
  expect(slots.slice(1).every(({ at }, index) => at - (slots[index]?.at ?? 0) === 1_000)).toBe(true);
  expect(new Set(slots.map(({ run }) => run)).size).toBe(slots.length);
  expect(runs).toBe(slots.length);
});
