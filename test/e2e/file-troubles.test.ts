import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { expect, type TestContext, test } from "vitest";
import { type Ended, startLockstep } from "../support/lockstep-process.ts";
import { mountTmpfs } from "../support/mounted-tmpfs.ts";
import { needRootOnLinux } from "../support/need-root.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";

/**
 * What each kind of command says when the file or its disk cannot be used: a clear error, exit 5 (`doctor`: 1), and
 * afterwards all is there that was there before.
 */

const GATED = `name: gated
tasks:
  one: { run: "echo one" }
  two: { needs: [one], run: "echo two", checkpoint: { message: "Go on?", risk: low } }
`;

interface Place {
  readonly folder: string;
  readonly database: string;
  readonly call: (...argv: string[]) => Promise<Ended>;
}

/** A run that waits at a checkpoint, in a database at this place. */
async function createPlace(database: string): Promise<Place> {
  const folder = createTemporaryFolder();
  mkdirSync(join(folder, "workflows"), { mode: 0o700 });
  writeFileSync(join(folder, "workflows/gated.yaml"), GATED, { mode: 0o600 });
  const call = (...argv: string[]) => startLockstep(folder, argv, { LOCKSTEP_DB: database }).ended;
  expect(await call("run", "gated")).toMatchObject({ exitCode: 3 });
  return { folder, database, call };
}

const COMMANDS: readonly (readonly string[])[] = [
  ["run", "gated"],
  ["runs"],
  ["approve", "1.1"],
  ["daemon", "--workflows", "workflows", "--once"],
  ["backup", "copy.db"],
  ["status"],
];

/** Calls one command of each kind; all must fail as the database does. Returns the codes of their errors. */
async function expectUnusable({ call }: Place): Promise<Set<string>> {
  const codes = new Set<string>();
  for (const argv of COMMANDS) {
    const { exitCode, out, error } = await call(...argv, "--json");
    expect([...argv, exitCode, out, error].join(" ")).toContain(` 5 {"error":{`);
    codes.add(JSON.parse(out).error.code);
  }
  const doctor = await call("doctor", "--json");
  expect(doctor.exitCode).toBe(1);
  const levels = JSON.parse(doctor.out).map((each: { level: string }) => each.level);
  expect(levels).toContain("error");
  return codes;
}

/** The gate can be decided and the run ends; nothing of the file is damaged. */
async function expectWhole({ call, database }: Place): Promise<void> {
  expect(await call("approve", "1.1")).toMatchObject({ exitCode: 0 });
  expect(await call("resume", "1")).toMatchObject({ exitCode: 0 });
  const sqlite = new Database(database, { readonly: true });
  expect(sqlite.pragma("integrity_check", { simple: true })).toBe("ok");
  expect(sqlite.prepare("SELECT status FROM task ORDER BY id").pluck().all()).toEqual(["succeeded", "succeeded"]);
  sqlite.close();
}

test("a disk that is full", async (context: TestContext) => {
  const disk = mountTmpfs(context, 4_096);
  const place = await createPlace(join(disk.folder, "state/lockstep.db"));
  const filler = join(disk.folder, "filler");
  spawnSync("/bin/dd", ["if=/dev/zero", `of=${filler}`, "bs=1k"]);
  expect([...(await expectUnusable(place))].every((code) => code === "database_full")).toBe(true);
  rmSync(filler);
  await expectWhole(place);
});

test("a backup to a disk that is full leaves nothing there, and the older backup as it was", async (context: TestContext) => {
  const disk = mountTmpfs(context, 512);
  const place = await createPlace(join(createTemporaryFolder(), "state/lockstep.db"));
  const copy = join(disk.folder, "copy.db");
  expect(await place.call("backup", copy)).toMatchObject({ exitCode: 0 });
  const before = readFileSync(copy);
  const room = Math.ceil((1.5 * before.length) / 1_024); // for the copy that is there, and half of another
  spawnSync("/bin/dd", ["if=/dev/zero", `of=${join(disk.folder, "filler")}`, "bs=1k", `count=${512 - room}`]);
  const { exitCode, out } = await place.call("backup", copy, "--force", "--json");
  expect([exitCode, JSON.parse(out).error.code]).toEqual([5, "backup_full"]);
  expect(readFileSync(copy).equals(before)).toBe(true);
  expect(spawnSync("/bin/ls", [disk.folder], { encoding: "utf8" }).stdout).toBe("copy.db\nfiller\n");
  await expectWhole(place);
});

test("a file system that is read-only", async (context: TestContext) => {
  const disk = mountTmpfs(context, 4_096);
  const place = await createPlace(join(disk.folder, "state/lockstep.db"));
  disk.remount("ro");
  expect(await expectUnusable(place)).toEqual(new Set(["database_readonly"]));
  disk.remount("rw");
  await expectWhole(place);
});

test("bytes that were overwritten, in the header and in the middle", async () => {
  const place = await createPlace(join(createTemporaryFolder(), "state/lockstep.db"));
  const whole = readFileSync(place.database);
  for (const [from, to, codes] of [
    [0, 64, ["database_not_a_database"]],
    [100, whole.length, ["database_corrupt"]],
  ] as const) {
    const damaged = Buffer.from(whole).fill(0xa5, from, to);
    writeFileSync(place.database, damaged);
    expect([...(await expectUnusable(place))]).toEqual(codes);
    expect(readFileSync(place.database).equals(damaged)).toBe(true);
  }
  writeFileSync(place.database, whole);
  await expectWhole(place);
});

test("a file of a newer version", async () => {
  const place = await createPlace(join(createTemporaryFolder(), "state/lockstep.db"));
  const change = (sql: string): void => {
    const sqlite = new Database(place.database);
    sqlite.exec(sql);
    sqlite.close();
  };
  change("INSERT INTO __lockstep_migrations VALUES ('9999_later', 'h', 1)");
  expect(await expectUnusable(place)).toEqual(new Set(["database_newer"]));
  change("DELETE FROM __lockstep_migrations WHERE tag = '9999_later'");
  await expectWhole(place);
});

test("14: a database that belongs to another user", async (context: TestContext) => {
  needRootOnLinux(context, "another user");
  const folder = createTemporaryFolder();
  chmodSync(folder, 0o755);
  const place = await createPlace(join(folder, "state/lockstep.db"));
  chmodSync(place.folder, 0o755);
  chmodSync(join(folder, "state"), 0o755);
  chmodSync(place.database, 0o644);
  const main = join(import.meta.dirname, "../../src/cli/main.ts");
  const argv = ["--reuid", "65534", "--regid", "65534", "--clear-groups", process.execPath, main, "approve", "1.1"];
  const env = { PATH: process.env.PATH, HOME: place.folder, LOCKSTEP_DB: place.database };
  const tried = spawnSync("/usr/bin/setpriv", argv, { cwd: place.folder, env, encoding: "utf8", timeout: 30_000 });
  if (tried.error !== undefined || /Cannot find module|EACCES.*main\.ts/.test(tried.stderr)) {
    console.log(`skipped: ${context.task.name}: another user cannot start it here: ${tried.stderr}`);
    context.skip("another user cannot start it here");
  }
  expect(tried.stderr).toMatch(
    /^Cannot write lockstep\.db: it belongs to root:root, you are nobody\. Ask for group access \(config group: ops\), or: sudo -u root lockstep … /,
  );
  expect(tried.status).toBe(5);
  expect(statSync(place.database).mode & 0o777).toBe(0o644);
  await expectWhole(place);
});

test("a place where no database can be made", async () => {
  const folder = createTemporaryFolder();
  writeFileSync(join(folder, "hello.yaml"), GATED);
  writeFileSync(join(folder, "file"), "");
  const places = [
    "file/lockstep.db",
    folder,
    "/dev/null",
    ...(process.platform === "linux" ? ["/proc/none/l.db"] : []),
  ];
  for (const database of places) {
    const { exitCode, error } = await startLockstep(folder, ["run", "hello.yaml", "--db", database]).ended;
    expect([database, exitCode, error.includes("internal error")]).toEqual([database, 5, false]);
  }
});
