import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { createSimulatedClock } from "../../src/platform/simulated-clock.ts";
import { openTestStore } from "../support/open-test-store.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";

/** An empty database that was opened and closed, so that tests may do to it what they like. */
async function makeClosedDatabase(): Promise<string> {
  const store = await openTestStore();
  store.close();
  return store.path;
}

test("every connection is FULL, with keys on and a WAL, the second one as well", async () => {
  const first = await openTestStore();
  const second = await openTestStore({ path: first.path });
  const third = await openTestStore({ path: first.path, access: "read" });
  for (const { sqlite } of [first, second, third]) {
    expect(sqlite.pragma("synchronous", { simple: true })).toBe(2);
    expect(sqlite.pragma("foreign_keys", { simple: true })).toBe(1);
    expect(sqlite.pragma("journal_mode", { simple: true })).toBe("wal");
    expect(sqlite.pragma("mmap_size", { simple: true })).toBe(0);
    expect(sqlite.pragma("page_size", { simple: true })).toBe(1_024);
    expect(sqlite.pragma("wal_autocheckpoint", { simple: true })).toBe(4_000);
  }
});

test("a database with larger pages keeps them, and its WAL becomes as long as that of others", async () => {
  const path = join(createTemporaryFolder(), "lockstep.db");
  const copy = await openTestStore();
  copy.sqlite.pragma("page_size = 4096");
  copy.sqlite.exec(`VACUUM INTO '${path}'`);
  for (const access of ["execute", "write", "read"] as const) {
    const { sqlite } = await openTestStore({ path, access });
    expect(sqlite.pragma("page_size", { simple: true })).toBe(4_096);
    expect(sqlite.pragma("wal_autocheckpoint", { simple: true })).toBe(1_000);
  }
});

test("a later connection that nobody sets is only NORMAL, which is why it is set and read back", async () => {
  const store = await openTestStore();
  const plain = new Database(store.path);
  const found = plain.pragma("synchronous", { simple: true });
  plain.close();
  expect(found).toBe(1);
});

test("sync normal is NORMAL", async () => {
  const store = await openTestStore({ sync: "normal" });
  expect(store.sqlite.pragma("synchronous", { simple: true })).toBe(1);
});

test("an engine waits 20 ms for another writer, everyone else tries by itself", async () => {
  const engine = await openTestStore({ access: "execute" });
  const person = await openTestStore({ path: engine.path });
  expect(engine.sqlite.pragma("busy_timeout", { simple: true })).toBe(20);
  expect(person.sqlite.pragma("busy_timeout", { simple: true })).toBe(0);
});

test("reading a database that is not there creates nothing and names the file", async () => {
  const path = join(createTemporaryFolder(), "nowhere", "lockstep.db");
  await expect(openTestStore({ path, access: "read" })).rejects.toMatchObject({
    code: "database_missing",
    exitCode: 5,
    message: expect.stringContaining(path),
  });
  expect(existsSync(join(path, ".."))).toBe(false);
});

test("reading an empty file says which command makes a database of it, and leaves it empty", async () => {
  const path = join(createTemporaryFolder(), "lockstep.db");
  writeFileSync(path, "");
  await expect(openTestStore({ path, access: "read" })).rejects.toMatchObject({
    code: "database_older",
    message: expect.stringContaining("lockstep run FILE"),
  });
  expect(readFileSync(path).length).toBe(0);
});

test("a database opened for reading refuses to be written", async () => {
  const path = await makeClosedDatabase();
  const store = await openTestStore({ path, access: "read" });
  expect(() => store.sqlite.exec("INSERT INTO value (bytes, json) VALUES (1, '1')")).toThrow(/readonly/);
});

test("what is no database is refused and kept as it is", async () => {
  const path = join(createTemporaryFolder(), "notes.txt");
  const text = "These are notes of mine, and nothing else. ".repeat(40);
  writeFileSync(path, text);
  for (const access of ["write", "read", "execute"] as const) {
    await expect(openTestStore({ path, access })).rejects.toMatchObject({
      code: "database_not_a_database",
      exitCode: 5,
    });
  }
  expect(readFileSync(path, "utf8")).toBe(text);
});

test("the database of another program is refused and keeps even its journal mode", async () => {
  const path = join(createTemporaryFolder(), "photos.db");
  const other = new Database(path);
  other.exec("CREATE TABLE photo (id INTEGER PRIMARY KEY)");
  other.close();
  const before = readFileSync(path);
  await expect(openTestStore({ path })).rejects.toMatchObject({ code: "database_not_lockstep" });
  expect(readFileSync(path).equals(before)).toBe(true);
});

test("a folder in the place of the database is refused", async () => {
  const path = join(createTemporaryFolder(), "lockstep.db");
  mkdirSync(path);
  await expect(openTestStore({ path })).rejects.toMatchObject({ code: "database_not_a_database" });
});

test("a file in the place of the folder is refused", async () => {
  const folder = createTemporaryFolder();
  writeFileSync(join(folder, "state"), "");
  await expect(openTestStore({ path: join(folder, "state", "lockstep.db") })).rejects.toMatchObject({
    code: "database_cannot_open",
    exitCode: 5,
  });
});

test("a name that ends in a space is refused, since SQLite would open another file", async () => {
  const path = `${join(createTemporaryFolder(), "lockstep.db")} `;
  await expect(openTestStore({ path })).rejects.toMatchObject({ code: "database_path" });
});

test("a damaged database is told, and its store begins no further transaction", async () => {
  const path = await makeClosedDatabase();
  const bytes = readFileSync(path);
  bytes.fill(0xab, 1_024);
  writeFileSync(path, bytes);
  const store = await openTestStore({ path }).catch((error: unknown) => error);
  expect(store).toMatchObject({ code: "database_corrupt", exitCode: 5 });
});

test("after damage was met in a transaction, the next one is refused with the same error", async () => {
  const store = await openTestStore();
  const root = store.sqlite.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'value'").pluck().get();
  const pageBytes = Number(store.sqlite.pragma("page_size", { simple: true }));
  store.close();
  const bytes = readFileSync(store.path);
  const start = (Number(root) - 1) * pageBytes;
  bytes.fill(0xab, start, start + pageBytes);
  writeFileSync(store.path, bytes);

  const damaged = await openTestStore({ path: store.path });
  const count = () => damaged.sqlite.prepare("SELECT count(*), max(json) FROM value").get();
  expect(() => damaged.transaction(count)).toThrow(expect.objectContaining({ code: "database_corrupt" }));
  expect(() => damaged.transaction(() => "nothing")).toThrow(expect.objectContaining({ code: "database_corrupt" }));
  await expect(damaged.writeTransaction(() => "nothing")).rejects.toMatchObject({ code: "database_corrupt" });
});

test("a transaction is all or nothing, does not nest and holds no await", async () => {
  const store = await openTestStore();
  const insert = () => store.sqlite.prepare("INSERT INTO value (bytes, json) VALUES (1, '1')").run();
  const count = () => store.sqlite.prepare("SELECT count(*) FROM value").pluck().get();
  expect(() =>
    store.transaction(() => {
      insert();
      throw new Error("no");
    }),
  ).toThrow("no");
  expect(() => store.transaction(() => store.transaction(insert))).toThrow(/do not nest/);
  expect(() => store.transaction(async () => insert())).toThrow(/promise/);
  expect(count()).toBe(0);
  expect(store.transaction(() => insert().changes)).toBe(1);
  expect(await store.writeTransaction(() => insert().changes)).toBe(1);
  expect(count()).toBe(2);
});

test("what a transaction of ours breaks is no fault of the file's", async () => {
  const store = await openTestStore();
  const orphan = () =>
    store.sqlite.exec(
      "INSERT INTO decision (checkpoint_id, choice, sameness, seen_hash, actor_kind, actor, via, at) VALUES (7, 'approve', '', '', 'person', 'me', 'cli', 0)",
    );
  expect(() => store.transaction(orphan)).toThrow(expect.objectContaining({ code: "SQLITE_CONSTRAINT_FOREIGNKEY" }));
  expect(store.transaction(() => "goes on")).toBe("goes on");
});

test("the data version changes when another connection commits, and only then", async () => {
  const store = await openTestStore();
  const other = await openTestStore({ path: store.path });
  const before = store.dataVersion();
  store.transaction(() => store.sqlite.exec("INSERT INTO value (bytes, json) VALUES (1, '1')"));
  expect(store.dataVersion()).toBe(before);
  other.transaction(() => other.sqlite.exec("INSERT INTO value (bytes, json) VALUES (1, '1')"));
  expect(store.dataVersion()).not.toBe(before);
});

test("closing twice does no harm, and leaves no WAL", async () => {
  const store = await openTestStore();
  store.close();
  store.close();
  expect(existsSync(`${store.path}-wal`)).toBe(false);
});

test("a restored copy, which is not in WAL mode, can be read at once and is in WAL mode after a writer", async () => {
  const path = await makeClosedDatabase();
  const copy = `${path}.copy`;
  const plain = new Database(path);
  plain.prepare("VACUUM INTO ?").run(copy);
  plain.close();
  const reader = await openTestStore({ path: copy, access: "read" });
  expect(reader.sqlite.prepare("SELECT count(*) FROM run").pluck().get()).toBe(0);
  reader.close();
  const writer = await openTestStore({ path: copy });
  expect(writer.sqlite.pragma("journal_mode", { simple: true })).toBe("wal");
});

test("a database can be opened and written under a simulated clock", async () => {
  const store = await openTestStore({ clock: createSimulatedClock() });
  expect(await store.writeTransaction(() => 1)).toBe(1);
});
