import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { callLockstep } from "../support/command-line.ts";
import { startLockstep } from "../support/lockstep-process.ts";
import { openTestStore } from "../support/open-test-store.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";
import { waitUntil } from "../support/wait-until.ts";

const QUICK = `name: quick
tasks:
  one: { run: "echo one" }
  two: { needs: [one], run: "echo two" }
`;

const MANY = `name: many
maxConcurrent: 8
tasks:
  list: { run: "seq 200", output: lines }
  each: { needs: [list], map: { over: "\${{ needs.list }}" }, run: "sleep 0.01" }
`;

/** Its second task waits for a file. */
const HELD = `name: held
tasks:
  first: { run: "echo first >> effects" }
  second: { needs: [first], run: "until [ -e go ]; do sleep 0.02; done; echo $LOCKSTEP_KEY >> keys" }
`;

function createFolder(): string {
  const folder = createTemporaryFolder();
  mkdirSync(join(folder, ".lockstep"), { mode: 0o700 });
  for (const [name, text] of Object.entries({ quick: QUICK, many: MANY, held: HELD })) {
    writeFileSync(join(folder, `${name}.yaml`), text);
  }
  return folder;
}

const databaseOf = (folder: string): string => join(folder, ".lockstep/lockstep.db");
const modeOf = (file: string): number => statSync(file).mode & 0o777;

test("a backup is verified, private, never replaces a file unasked, and leaves nothing half done", async () => {
  const folder = createFolder();
  await callLockstep(folder, ["run", "quick.yaml"]);
  const first = await callLockstep(folder, ["backup", "copy.db", "--json"]);
  expect(first.exitCode).toBe(0);
  const file = join(folder, "copy.db");
  expect(first.json()).toMatchObject({ file, database: databaseOf(folder), runs: 1, verified: true });
  expect(first.json().bytes).toBe(statSync(file).size);
  expect(modeOf(file)).toBe(0o600);
  const bytes = readFileSync(file);

  const second = await callLockstep(folder, ["backup", "copy.db", "--json"]);
  expect(second.exitCode).toBe(2);
  expect(second.json().error.code).toBe("backup_exists");
  expect(readFileSync(file).equals(bytes)).toBe(true);
  await callLockstep(folder, ["run", "quick.yaml"]);
  expect((await callLockstep(folder, ["backup", "copy.db", "--force", "--json"])).json()).toMatchObject({ runs: 2 });

  const itself = await callLockstep(folder, ["backup", ".lockstep/lockstep.db", "--force", "--json"]);
  expect(itself.json().error.code).toBe("backup_in_use");
  expect((await callLockstep(folder, ["backup", "no/copy.db", "--json"])).json().error.code).toBe("backup_folder");
  expect(readdirSync(folder).filter((name) => name.includes("partial"))).toEqual([]);
});

test("without a database there is nothing to back up", async () => {
  const ran = await callLockstep(createFolder(), ["backup", "copy.db", "--json"]);
  expect(ran.exitCode).toBe(5);
  expect(ran.json().error.code).toBe("database_missing");
});

test("a database with damage is not backed up as if it were whole", async () => {
  const folder = createFolder();
  await callLockstep(folder, ["run", "quick.yaml"]);
  const database = new Database(databaseOf(folder));
  database.pragma("foreign_keys = 0");
  database.exec("DELETE FROM definition");
  database.close();
  const ran = await callLockstep(folder, ["backup", "copy.db", "--json"]);
  expect(ran.exitCode).toBe(5);
  expect(ran.json().error).toMatchObject({ code: "database_corrupt" });
  expect(ran.json().error.message).toContain("points to a row of definition that does not exist");
  expect(existsSync(join(folder, "copy.db"))).toBe(false);
});

test("backups that are taken while an engine writes are each one whole moment, and disturb nothing", async () => {
  const folder = createFolder();
  const run = startLockstep(folder, ["run", "many.yaml"]);
  await run.awaitText("many #1");
  let isOver = false;
  void run.ended.then(() => {
    isOver = true;
  });
  let copies = 0;
  for (; !isOver; copies += 1) {
    const ran = await callLockstep(folder, ["backup", `copy-${copies}.db`, "--json"]);
    expect(ran.json()).toMatchObject({ verified: true });
    await new Promise((resolve) => setImmediate(resolve)); // the end of the run has to be seen
  }
  expect(await run.ended).toMatchObject({ exitCode: 0 });
  expect(copies).toBeGreaterThan(2);
  await callLockstep(folder, ["backup", "last.db"]);
  const last = await openTestStore({ path: join(folder, "last.db") });
  expect(last.sqlite.prepare("SELECT count(*) FROM task WHERE status = 'succeeded'").pluck().get()).toBe(202);
});

test("restored in the middle of a run: it is interrupted, and goes on with its results and its key", async () => {
  const folder = createFolder();
  const run = startLockstep(folder, ["run", "held.yaml"]);
  await waitUntil(() => existsSync(join(folder, "effects")), "its first task has run");
  await waitUntil(() => {
    const store = new Database(databaseOf(folder), { readonly: true });
    const started = store.prepare("SELECT count(*) FROM task WHERE status = 'running' AND idx = 1").pluck().get();
    store.close();
    return started === 1;
  }, "its second task has begun");
  expect((await callLockstep(folder, ["backup", "copy.db"])).exitCode).toBe(0);

  const refused = await callLockstep(folder, ["restore", "copy.db", "--json"]);
  expect(refused.exitCode).toBe(5);
  expect(refused.json().error.code).toBe("database_in_use");
  expect(refused.json().error.message).toContain(`run, process ${run.child.pid}`);

  writeFileSync(join(folder, "go"), "");
  expect(await run.ended).toMatchObject({ exitCode: 0 });
  await callLockstep(folder, ["run", "quick.yaml"]);
  const restored = await callLockstep(folder, ["restore", "copy.db", "--json"]);
  expect(restored.json()).toMatchObject({ newestRun: 1, interrupted: [1], setAside: 1 });
  expect((await callLockstep(folder, ["runs", "--json"])).json()).toMatchObject([{ run: 1, status: "interrupted" }]);
  expect((await callLockstep(folder, ["resume", "1"])).exitCode).toBe(0);
  expect(readFileSync(join(folder, "effects"), "utf8")).toBe("first\n");
  const keys = readFileSync(join(folder, "keys"), "utf8").trim().split("\n");
  expect(keys).toHaveLength(2);
  expect(keys[0]).toBe(keys[1]);

  // what was replaced is whole, and can be put back
  const { kept } = restored.json();
  expect((await callLockstep(folder, ["restore", kept, "--json"])).json()).toMatchObject({ newestRun: 2 });
  expect((await callLockstep(folder, ["runs", "--json"])).json()).toMatchObject([{ run: 2 }, { run: 1 }]);
});

test("new runs in a restored copy have other keys than those that took their numbers before", async () => {
  const folder = createFolder();
  writeFileSync(join(folder, "go"), "");
  await callLockstep(folder, ["run", "quick.yaml"]);
  await callLockstep(folder, ["backup", "copy.db"]);
  await callLockstep(folder, ["run", "held.yaml"]);
  await callLockstep(folder, ["restore", "copy.db"]);
  await callLockstep(folder, ["run", "held.yaml"]);
  expect((await callLockstep(folder, ["runs", "--json"])).json()).toHaveLength(2);
  const keys = readFileSync(join(folder, "keys"), "utf8").trim().split("\n");
  expect(new Set(keys).size).toBe(2);
});

test("nothing is replaced while a terminal or a program has the database open", async () => {
  const folder = createFolder();
  await callLockstep(folder, ["run", "quick.yaml"]);
  await callLockstep(folder, ["backup", "copy.db"]);
  const other = startLockstep(folder, ["events", "-f", "--json"]);
  await other.awaitText("run.succeeded");
  const refused = await callLockstep(folder, ["restore", "copy.db", "--json"]);
  expect(refused.exitCode).toBe(5);
  expect(refused.json().error.code).toBe("database_in_use");
  if (process.platform === "linux") expect(refused.json().error.message).toContain(`process ${other.child.pid} (`);
  other.child.kill("SIGINT");
  await other.ended;
  expect((await callLockstep(folder, ["restore", "copy.db"])).exitCode).toBe(0);
});

test("a damaged backup, or a file that is none, changes nothing", async () => {
  const folder = createFolder();
  await callLockstep(folder, ["run", "quick.yaml"]);
  await callLockstep(folder, ["backup", "copy.db"]);
  const bytes = readFileSync(join(folder, "copy.db"));
  writeFileSync(join(folder, "header.db"), Buffer.concat([Buffer.alloc(64, 7), bytes.subarray(64)]));
  const middle = Buffer.from(bytes);
  middle.fill(0xa5, 8_192, 40_960);
  writeFileSync(join(folder, "middle.db"), middle);
  writeFileSync(join(folder, "cut.db"), bytes.subarray(0, bytes.length - 12_288));
  writeFileSync(join(folder, "empty.db"), "");
  const before = await callLockstep(folder, ["runs", "--json"]);
  for (const name of ["header.db", "middle.db", "cut.db", "empty.db"]) {
    const ran = await callLockstep(folder, ["restore", name, "--json"]);
    expect([name, ran.exitCode]).toEqual([name, 5]);
  }
  expect((await callLockstep(folder, ["restore", "missing.db"])).exitCode).toBe(4);
  expect((await callLockstep(folder, ["restore", databaseOf(folder)])).exitCode).toBe(2);
  expect((await callLockstep(folder, ["runs", "--json"])).out).toBe(before.out);
  expect(readdirSync(join(folder, ".lockstep")).filter((name) => /restor|partial/.test(name))).toEqual([]);
});

test("a damaged database is replaced and kept as it was, and one of another program is not replaced", async () => {
  const folder = createFolder();
  await callLockstep(folder, ["run", "quick.yaml"]);
  await callLockstep(folder, ["backup", "copy.db"]);
  const damaged = Buffer.from(readFileSync(databaseOf(folder)));
  damaged.fill(7, 0, 64);
  writeFileSync(databaseOf(folder), damaged);
  expect((await callLockstep(folder, ["runs"])).exitCode).toBe(5);
  const restored = await callLockstep(folder, ["restore", "copy.db", "--json"]);
  expect(restored.exitCode).toBe(0);
  expect(readFileSync(restored.json().kept).equals(damaged)).toBe(true);
  expect((await callLockstep(folder, ["runs", "--json"])).json()).toMatchObject([{ run: 1, status: "succeeded" }]);
  expect(modeOf(databaseOf(folder))).toBe(0o600);

  const foreign = new Database(join(folder, "foreign.db"));
  foreign.exec("CREATE TABLE customer (id INTEGER)");
  foreign.close();
  const refused = await callLockstep(folder, ["restore", "copy.db", "--db", "foreign.db", "--json"]);
  expect(refused.json().error.code).toBe("database_not_lockstep");
});

test("a backup is restored where no database is yet", async () => {
  const folder = createFolder();
  await callLockstep(folder, ["run", "quick.yaml"]);
  await callLockstep(folder, ["backup", "copy.db"]);
  const place = join(folder, "elsewhere/deep/lockstep.db");
  const restored = await callLockstep(folder, ["restore", "copy.db", "--db", place, "--json"]);
  expect(restored.json()).toMatchObject({ database: place, kept: null, newestRun: 1 });
  expect(modeOf(place)).toBe(0o600);
  expect(modeOf(join(folder, "elsewhere/deep"))).toBe(0o700);
});

test("a database that is a link is not replaced, and one that a group may use stays open to it", async () => {
  const folder = createFolder();
  await callLockstep(folder, ["run", "quick.yaml"]);
  await callLockstep(folder, ["backup", "copy.db"]);
  symlinkSync(databaseOf(folder), join(folder, "link.db"));
  const refused = await callLockstep(folder, ["restore", "copy.db", "--db", "link.db", "--json"]);
  expect(refused.json().error.code).toBe("database_symlink");
  chmodSync(databaseOf(folder), 0o660);
  expect((await callLockstep(folder, ["restore", "copy.db"])).exitCode).toBe(0);
  expect(modeOf(databaseOf(folder))).toBe(0o660);
});
