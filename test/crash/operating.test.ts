import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { createSeededChance } from "../../src/platform/chance.ts";
import { callLockstep } from "../support/command-line.ts";
import { startLockstep } from "../support/lockstep-process.ts";
import { openTestStore } from "../support/open-test-store.ts";
import { createSpec, insertRunRows } from "../support/run-rows.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";

/** `backup`, `restore` and `prune` are killed at random moments; each time all that has a name is whole. */

const SEED = 20_261_125;
const KILLS = 10;
const ids = Array.from({ length: 2_000 }, (_, index) => `t${index}`);
const WIDE = createSpec("wide", Object.fromEntries(ids.map((id) => [id, []])));

async function createDatabase(runs: number) {
  const folder = createTemporaryFolder();
  const path = join(folder, ".lockstep/lockstep.db");
  mkdirSync(join(folder, ".lockstep"), { mode: 0o700 });
  const store = await openTestStore({ path });
  for (let index = 0; index < runs; index += 1) insertRunRows(store, WIDE);
  store.close();
  return { folder, path };
}

/** Runs of a file that has no damage. */
function countRuns(path: string): number {
  const sqlite = new Database(path, { fileMustExist: true });
  try {
    expect(sqlite.pragma("integrity_check", { simple: true })).toBe("ok");
    expect(sqlite.pragma("foreign_key_check")).toEqual([]);
    return sqlite.prepare<[], number>("SELECT count(*) FROM run").pluck().get() ?? 0;
  } finally {
    sqlite.close();
  }
}

/** How long the command takes when it is left alone; it is then killed at moments within that. */
async function measure(folder: string, argv: readonly string[]): Promise<number> {
  const startedAt = performance.now();
  expect(await startLockstep(folder, argv).ended).toMatchObject({ exitCode: 0 });
  return performance.now() - startedAt;
}

async function killAtRandom(
  folder: string,
  argv: readonly string[],
  tookMs: number,
  check: () => void | Promise<void>,
): Promise<void> {
  const chance = createSeededChance(SEED);
  console.log(`seed ${SEED}: ${argv[0]} takes ${Math.round(tookMs)} ms`);
  for (let kills = 0; kills < KILLS; kills += 1) {
    const started = startLockstep(folder, argv);
    await wait(tookMs * (0.3 + 0.7 * chance()));
    started.child.kill("SIGKILL");
    await started.ended;
    await check();
  }
}

test("backups that are killed leave the older one, or the new one, and nothing that stays", async () => {
  const { folder, path } = await createDatabase(5);
  const copy = join(folder, "copy.db");
  const argv = ["backup", "--force", "copy.db"];
  const tookMs = await measure(folder, argv);
  await killAtRandom(folder, argv, tookMs, () => {
    expect(countRuns(copy)).toBe(5);
    expect(countRuns(path)).toBe(5);
  });
  expect(await startLockstep(folder, argv).ended).toMatchObject({ exitCode: 0 });
  expect(readdirSync(folder).filter((name) => name.includes("partial"))).toEqual([]);
});

test("restores that are killed leave the database as it was, or restored; never none", async () => {
  const { folder, path } = await createDatabase(4);
  await callLockstep(folder, ["backup", "four.db"]);
  const store = await openTestStore({ path });
  insertRunRows(store, WIDE);
  store.close();
  await callLockstep(folder, ["backup", "five.db"]);
  const tookMs = await measure(folder, ["restore", "four.db"]);
  const seen = new Set<number>();
  await killAtRandom(folder, ["restore", "four.db"], tookMs, async () => {
    expect(existsSync(path)).toBe(true);
    seen.add(countRuns(path));
    expect(await startLockstep(folder, ["restore", "five.db"]).ended).toMatchObject({ exitCode: 0 });
    expect(countRuns(path)).toBe(5);
    for (const name of readdirSync(join(folder, ".lockstep"))) {
      if (name.includes(".before-restore-")) rmSync(join(folder, ".lockstep", name));
    }
  });
  expect([...seen].every((runs) => runs === 4 || runs === 5)).toBe(true);
});

test("a prune that is killed again and again comes to its end, and no key is ever broken", async () => {
  const { folder, path } = await createDatabase(12);
  writeFileSync(join(folder, "lockstep.config.yaml"), "");
  const argv = ["prune", "--older-than", "0s", "--yes"];
  await killAtRandom(folder, argv, 1_500, () => {
    expect(countRuns(path)).toBeGreaterThan(0);
  });
  expect(await startLockstep(folder, argv).ended).toMatchObject({ exitCode: 0 });
  expect(countRuns(path)).toBe(1);
  const sqlite = new Database(path, { readonly: true });
  expect(sqlite.prepare("SELECT count(*) FROM task").pluck().get()).toBe(2_000);
  sqlite.close();
});
