import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { callLockstep } from "../support/command-line.ts";
import { createProject } from "../support/command-project.ts";
import { startLockstep } from "../support/lockstep-process.ts";
import { needRootOnLinux } from "../support/need-root.ts";
import { createSpec, insertRunRows } from "../support/run-rows.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";

interface Found {
  readonly level: string;
  readonly code: string;
  readonly message: string;
  readonly fix?: string;
}

const ONE = createSpec("one", { a: [] });

async function examine(folder: string, ...more: string[]): Promise<{ exitCode: number; found: Found[] }> {
  const ran = await callLockstep(folder, ["doctor", "--json", ...more]);
  return { exitCode: ran.exitCode, found: ran.json() };
}

const codesOf = (found: readonly Found[], level: string): string[] =>
  found.filter((each) => each.level === level).map((each) => each.code);

test("a healthy database gets ok in each line and exit 0", async () => {
  const { folder, store } = await createProject();
  insertRunRows(store, ONE);
  for (const more of [[], ["--full"]]) {
    const { exitCode, found } = await examine(folder, ...more);
    expect(exitCode).toBe(0);
    expect(found.filter(({ level }) => level !== "ok")).toEqual([]);
    expect(codesOf(found, "ok")).toEqual(
      expect.arrayContaining(["node", "database_path", "modes", "file_system", "disk_space", "integrity", "schema"]),
    );
  }
  const text = await callLockstep(folder, ["doctor"]);
  expect(text.out.split("\n")[1]).toBe(`ok    database ${store.path} (by the folder .lockstep)`);
});

test("without a database it says where it looked, and how it came to look there", async () => {
  const folder = createTemporaryFolder();
  const { exitCode, found } = await examine(folder, "--db", "other.db");
  expect(exitCode).toBe(0);
  expect(found.at(-1)).toMatchObject({ level: "warn", code: "database_missing" });
  expect(found.at(-1)?.message).toContain(`${join(folder, "other.db")} (by --db)`);
});

test("files that others may open are an error with the command that closes them", async () => {
  const { folder, store } = await createProject();
  chmodSync(store.path, 0o644);
  const { exitCode, found } = await examine(folder);
  expect(exitCode).toBe(1);
  expect(found.find(({ code }) => code === "open_to_others")).toMatchObject({
    level: "error",
    fix: `Run: chmod o-rwx ${store.path}`,
  });
});

test("damage, a newer file and a file of something else are errors, whatever is damaged", async () => {
  const folder = createTemporaryFolder();
  const { store, folder: healthy } = await createProject();
  for (let runs = 0; runs < 200; runs += 1) insertRunRows(store, ONE);
  await callLockstep(healthy, ["backup", join(folder, "copy.db")]);
  const whole = readFileSync(join(folder, "copy.db"));
  const plant = async (name: string, change: (bytes: Buffer) => Buffer): Promise<Found[]> => {
    writeFileSync(join(folder, name), change(Buffer.from(whole)), { mode: 0o600 });
    const { exitCode, found } = await examine(folder, "--db", name);
    expect([name, exitCode]).toEqual([name, 1]);
    return found.filter(({ level }) => level === "error");
  };
  const fill = (from: number, to: number) => (bytes: Buffer) => bytes.fill(0xa5, from, to);
  expect((await plant("header.db", fill(0, 64)))[0]?.code).toBe("database_not_a_database");
  expect((await plant("middle.db", fill(whole.length / 2, whole.length / 2 + 12_288)))[0]?.code).toBe(
    "database_corrupt",
  );
  expect((await plant("cut.db", (bytes) => bytes.subarray(0, whole.length - 8_192)))[0]?.code).toBe("database_corrupt");
  expect((await plant("text.db", () => Buffer.from("just words\n".repeat(500))))[0]?.code).toBe(
    "database_not_a_database",
  );
  store.sqlite.exec("INSERT INTO __lockstep_migrations VALUES ('9999_later', 'h', 1)");
  expect((await examine(healthy)).found.at(-1)).toMatchObject({ level: "error", code: "database_newer" });
});

test("what does not go on by itself is told with the command that continues it", async () => {
  const { folder, store } = await createProject();
  const { sqlite } = store;
  const past = Date.now() - 3_600_000;
  sqlite.exec(
    `INSERT INTO engine (id, lock_file, kind, pid, boot_id, host, version, status, started_at)
     VALUES (1, 'gone.lock', 'run', 4711, 'b', 'srv1', '1', 'live', 1)`,
  );
  insertRunRows(store, ONE, { status: "running", engineId: 1 });
  insertRunRows(store, ONE, { status: "queued", mode: "detached", startedAt: null });
  const waits = insertRunRows(store, ONE, { status: "waiting" });
  sqlite.exec(
    `INSERT INTO checkpoint (run_id, number, kind, layer, status, hash, message, risk, on_timeout, expires_at, created_at)
     VALUES (${waits}, 1, 'layer', 0, 'open', 'h', 'Go \x1b[31mon?', 'low', 'hold', ${past}, 1);
     INSERT INTO workflow (name, file, definition_id, error, loaded_at) VALUES ('bad', 'bad.yaml', NULL, '{"message":"no tasks"}', 1),
       ('one', 'one.yaml', 1, NULL, 1);
     INSERT INTO schedule (workflow, name, cron, timezone, policy, cursor_at, next_at)
     VALUES ('one', 'one', '* * * * *', 'UTC', '{}', ${past}, ${past});
     INSERT INTO event (id, at, run_id, data) VALUES (1, ${Date.now() + 7_200_000}, 1, '[]')`,
  );
  for (const run of [1, 77]) {
    mkdirSync(join(folder, ".lockstep/logs", String(run)), { recursive: true, mode: 0o700 });
    writeFileSync(join(folder, ".lockstep/logs", String(run), "a.0.1.log"), "12345");
  }
  const { exitCode, found } = await examine(folder);
  expect(exitCode).toBe(0);
  expect(codesOf(found, "warn").sort()).toEqual([
    "clock_back",
    "engine_lost",
    "interrupted",
    "orphan_logs",
    "overdue",
    "queued_unknown",
    "schedule_late",
    "workflow_broken",
  ]);
  const fixes = found.map(({ fix }) => fix).join("\n");
  for (const command of ["lockstep resume 1", "lockstep daemon --workflows DIR", `lockstep checkpoints ${waits}.1`]) {
    expect(fixes).toContain(command);
  }
  expect((await callLockstep(folder, ["doctor"])).out).not.toContain("\x1b[31m");
});

test("a live engine is named; after SIGKILL what it has left is told", async () => {
  const folder = createTemporaryFolder();
  mkdirSync(join(folder, ".lockstep"), { mode: 0o700 });
  writeFileSync(join(folder, "slow.yaml"), 'name: slow\ntasks:\n  one: { run: "sleep 60" }\n');
  const run = startLockstep(folder, ["run", "slow.yaml"]);
  await run.awaitText("slow #1");
  const live = await examine(folder);
  expect(live.found.find(({ code }) => code === "engine")?.message).toContain(`run, process ${run.child.pid}`);
  expect(codesOf(live.found, "warn")).toEqual([]);
  run.child.kill("SIGKILL");
  await run.ended;
  expect(codesOf((await examine(folder)).found, "warn")).toEqual(
    expect.arrayContaining(["engine_lost", "interrupted"]),
  );
});

test("a mistake in the config is told with its line", async () => {
  const { folder } = await createProject();
  writeFileSync(join(folder, "lockstep.config.yaml"), "timezone: UTC\nretention: { runs: soon }\n");
  const { exitCode, found } = await examine(folder);
  expect(exitCode).toBe(1);
  expect(found.find(({ level }) => level === "error")).toMatchObject({ file: "lockstep.config.yaml", line: 2 });
});

test("who may not enter the folder is told whose it is, by who only looks, too", async (context) => {
  needRootOnLinux(context, "another user");
  const { folder, store } = await createProject();
  chmodSync(folder, 0o755);
  writeFileSync(join(folder, "copy.db"), "");
  const main = join(import.meta.dirname, "../../src/cli/main.ts");
  for (const [argv, exitCode] of [
    [["doctor"], 1],
    [["restore", "copy.db"], 5],
    [["runs"], 5],
    [["metrics"], 5],
  ] as const) {
    const became = ["--reuid", "65534", "--regid", "65534", "--clear-groups", process.execPath, main, ...argv];
    const env = { PATH: process.env.PATH, HOME: folder, LOCKSTEP_DB: store.path };
    const { status, stdout, stderr } = spawnSync("/usr/bin/setpriv", became, { cwd: folder, env, encoding: "utf8" });
    expect([...argv, status]).toEqual([...argv, exitCode]);
    expect(`${stdout}${stderr}`).toContain(`${join(folder, ".lockstep")} belongs to root:root, you are nobody.`);
  }
});
