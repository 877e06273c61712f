import { existsSync, readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { acquireEngineLock } from "../../src/platform/engine-lock.ts";
import { createEngineLocks } from "../../src/platform/engine-locks.ts";
import { getEnginesFolder } from "../../src/platform/paths.ts";
import type { Store, StoreOptions } from "../../src/store/open-store.ts";
import { writeMigrations } from "../support/migrations-folder.ts";
import { openTestStore } from "../support/open-test-store.ts";
import { startTogether } from "../support/store-process.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";

const FIRST = {
  "0000_first": [
    "CREATE TABLE parent (id INTEGER PRIMARY KEY NOT NULL, name TEXT NOT NULL)",
    "CREATE TABLE child (id INTEGER PRIMARY KEY NOT NULL, parent_id INTEGER NOT NULL REFERENCES parent(id) ON DELETE CASCADE)",
  ],
};

/** As drizzle-kit rebuilds a table; with keys on, the DROP takes the children with it. */
const REBUILD = {
  "0001_rebuild": [
    "PRAGMA foreign_keys=OFF;",
    "CREATE TABLE __new_parent (id INTEGER PRIMARY KEY NOT NULL, name TEXT NOT NULL, size INTEGER DEFAULT 7 NOT NULL)",
    "INSERT INTO __new_parent (id, name) SELECT id, name FROM parent",
    "DROP TABLE parent;",
    "ALTER TABLE __new_parent RENAME TO parent;",
    "PRAGMA foreign_keys=ON;",
  ],
};

/** A database with a parent and two children, as an older version left it. */
async function makeOlder(): Promise<{ path: string; folder: string }> {
  const folder = createTemporaryFolder();
  const path = join(folder, "lockstep.db");
  const migrationsDir = writeMigrations(join(folder, "first"), FIRST);
  const store = await openTestStore({ path, migrationsDir });
  store.sqlite.exec("INSERT INTO parent VALUES (1, 'a'); INSERT INTO child VALUES (1, 1), (2, 1)");
  store.close();
  return { path, folder };
}

function openWith(
  { path, folder }: { path: string; folder: string },
  migrations: Record<string, readonly string[]>,
  options: Partial<StoreOptions> = {},
): Promise<Store> {
  const migrationsDir = writeMigrations(join(folder, "second"), migrations);
  return openTestStore({ path, migrationsDir, findLiveEngine: createEngineLocks(path).findLive, ...options });
}

function count(path: string, table: string): unknown {
  const plain = new Database(path, { readonly: true });
  const found = plain.prepare(`SELECT count(*) FROM ${table}`).pluck().get();
  plain.close();
  return found;
}

function listTags(store: Store): unknown[] {
  return store.sqlite.prepare("SELECT tag FROM __lockstep_migrations ORDER BY rowid").pluck().all();
}

test("first starts at once all succeed, and each step is applied once", async () => {
  for (let round = 0; round < 3; round += 1) {
    const path = join(createTemporaryFolder(), "state", "lockstep.db");
    const answers = await startTogether(4, { does: "open", path });
    expect(answers).toEqual(Array.from({ length: 4 }, () => expect.objectContaining({ synchronous: 2 })));
    const store = await openTestStore({ path });
    const tags = listTags(store);
    expect(tags.length).toBeGreaterThan(0);
    expect(new Set(tags).size).toBe(tags.length);
  }
});

test("starts at once on an older file migrate it once", async () => {
  const older = await makeOlder();
  const migrationsDir = writeMigrations(join(older.folder, "second"), { ...FIRST, ...REBUILD });
  const answers = await startTogether(3, { does: "open", path: older.path, migrationsDir });
  expect(answers.filter((answer) => answer.error !== undefined)).toEqual([]);
  expect(count(older.path, "child")).toBe(2);
});

test("a rebuilt table keeps the rows that point to it, and a copy of before is left beside the file", async () => {
  const older = await makeOlder();
  const store = await openWith(older, { ...FIRST, ...REBUILD });
  expect(store.sqlite.prepare("SELECT id, name, size FROM parent").all()).toEqual([{ id: 1, name: "a", size: 7 }]);
  expect(store.sqlite.prepare("SELECT count(*) FROM child").pluck().get()).toBe(2);
  expect(store.sqlite.pragma("foreign_keys", { simple: true })).toBe(1);
  expect(listTags(store)).toEqual(["0000_first", "0001_rebuild"]);
  const copy = `${older.path}.before-1.bak`;
  expect(statSync(copy).mode & 0o777).toBe(0o600);
  expect(count(copy, "child")).toBe(2);
  expect(() => count(copy, "parent WHERE size = 7")).toThrow(/no such column/);
});

test("a table that a trigger elsewhere names can be rebuilt when its migration says legacy_alter_table", async () => {
  const older = await makeOlder();
  const trigger = [
    "CREATE TRIGGER t BEFORE DELETE ON child WHEN EXISTS (SELECT 1 FROM parent) BEGIN SELECT RAISE(ABORT, 'no'); END",
  ];
  const [off = "", ...rest] = REBUILD["0001_rebuild"];
  const rebuild = { "0001_trigger": trigger, "0002_rebuild": [off, "PRAGMA legacy_alter_table=ON;", ...rest] };
  const store = await openWith(older, { ...FIRST, ...rebuild });
  expect(() => store.sqlite.exec("DELETE FROM child")).toThrow("no");
  expect(store.sqlite.pragma("legacy_alter_table", { simple: true })).toBe(0);
});

test("a new file is not copied", async () => {
  const store = await openTestStore();
  expect(readdirSync(dirname(store.path)).filter((name) => name.endsWith(".bak"))).toEqual([]);
});

test("a step that would break keys changes nothing", async () => {
  const older = await makeOlder();
  const breaking = { ...FIRST, "0001_empty": ["DELETE FROM parent"] };
  await expect(openWith(older, breaking)).rejects.toMatchObject({
    code: "database_corrupt",
    message: expect.stringContaining("2 rows would point to rows that do not exist"),
  });
  expect(count(older.path, "parent")).toBe(1);
});

test("a step that fails half-way changes nothing, and the next version can go on", async () => {
  const older = await makeOlder();
  const failing = { ...FIRST, "0001_half": ["CREATE TABLE half (id)", "INSERT INTO nowhere VALUES (1)"] };
  await expect(openWith(older, failing)).rejects.toThrow("no such table: nowhere");
  expect(() => count(older.path, "half")).toThrow("no such table");
  const store = await openWith(older, { ...FIRST, ...REBUILD });
  expect(listTags(store)).toEqual(["0000_first", "0001_rebuild"]);
});

test("an existing file is not migrated while an engine lives on it", async () => {
  const older = await makeOlder();
  const lock = acquireEngineLock(getEnginesFolder(older.path), "old");
  await expect(openWith(older, { ...FIRST, ...REBUILD })).rejects.toMatchObject({
    code: "database_in_use",
    exitCode: 5,
    message: expect.stringContaining("lockstep stop"),
  });
  expect(existsSync(`${older.path}.before-1.bak`)).toBe(false);
  lock.release();
  const store = await openWith(older, { ...FIRST, ...REBUILD });
  expect(listTags(store)).toEqual(["0000_first", "0001_rebuild"]);
});

test("reading an older file is refused, says what brings it up to date, and changes nothing", async () => {
  const older = await makeOlder();
  await expect(openWith(older, { ...FIRST, ...REBUILD }, { access: "read" })).rejects.toMatchObject({
    code: "database_older",
    message: expect.stringMatching(/older Lockstep.*lockstep run FILE/),
  });
  expect(() => count(older.path, "parent WHERE size = 7")).toThrow(/no such column/);
});

test("a file of a newer version is refused by readers and writers alike", async () => {
  const older = await makeOlder();
  (await openWith(older, { ...FIRST, ...REBUILD })).close();
  for (const access of ["read", "write", "execute"] as const) {
    await expect(openWith(older, FIRST, { access })).rejects.toMatchObject({
      code: "database_newer",
      exitCode: 5,
      message: expect.stringContaining('it has "0001_rebuild", this version knows up to "0000_first"'),
    });
  }
});

test("a file of another build, whose step had another text, is refused", async () => {
  const older = await makeOlder();
  await expect(openWith(older, { "0000_first": ["CREATE TABLE parent (id)"] })).rejects.toMatchObject({
    code: "database_other_build",
  });
});
