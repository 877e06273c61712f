import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, test } from "vitest";
import { baseline } from "../../bench/baseline.ts";
import { readConnections, setOpener, watchConnections } from "../../bench/connections.ts";
import { Tally } from "../../bench/contender.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "lockstep-baseline-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const file = () => join(folder, "baseline.db");

function countRows(table: string): unknown {
  const db = new Database(file(), { readonly: true });
  try {
    return db.prepare(`SELECT count(*) FROM ${table}`).pluck().get();
  } finally {
    db.close();
  }
}

test("the loop written by hand commits a row for each step of each case", async () => {
  const session = await baseline("fresh").open(folder);
  expect(await session.runChain(5)).toBeGreaterThan(0);
  expect(await session.runFan(7)).toBeGreaterThan(0);
  expect(await session.runMany(4, 3)).toBeGreaterThan(0);
  expect(await session.runSingles(6)).toHaveLength(6);
  await session.close();
  expect(countRows("step")).toBe(5 + 9 + 12 + 6);
  expect(countRows("run")).toBe(0);
});

test("where a run begins with its own row, there is one for each run", async () => {
  const session = await baseline("fresh", { runRow: true }).open(folder);
  await session.runMany(4, 3);
  await session.close();
  expect([countRows("run"), countRows("step")]).toEqual([4, 12]);
});

test("a warm WAL has its full length before the first step, holds nothing, and does not grow", async () => {
  const session = await baseline("warm").open(folder);
  const before = statSync(`${file()}-wal`).size;
  await session.runChain(20);
  expect(before).toBeGreaterThanOrEqual(4_096_000);
  expect(statSync(`${file()}-wal`).size).toBe(before);
  await session.close();
  expect(countRows("sqlite_master WHERE name = 'spill'")).toBe(0);
  expect(countRows("step")).toBe(20);
});

test("each connection's synchronous is read back from the connection, with the name of who opened it", async () => {
  watchConnections();
  setOpener("by hand");
  const session = await baseline("fresh").open(folder);
  const lax = new Database(join(folder, "lax.db"));
  setOpener("someone else");
  lax.pragma("synchronous = off");
  lax.prepare("SELECT 1").get();
  expect(readConnections()).toEqual([
    { openedBy: "by hand", file: "baseline.db", synchronous: 2 },
    { openedBy: "someone else", file: "lax.db", synchronous: 0 },
  ]);
  await session.close();
  lax.close();
  expect(readConnections()).toEqual([]);
});

test("a measurement refuses to count work that was not done", () => {
  const tally = new Tally();
  tally.work();
  expect(() => tally.expect(2)).toThrow("expected 2 tasks to have run, found 1");
  tally.work();
  tally.expect(1);
});
