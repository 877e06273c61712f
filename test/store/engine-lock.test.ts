import { existsSync, mkdirSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { acquireEngineLock, findLiveEngineLock, probeEngineLock } from "../../src/platform/engine-lock.ts";
import { createEngineLocks } from "../../src/platform/engine-locks.ts";
import { openTestStore } from "../support/open-test-store.ts";
import { startStoreProcess } from "../support/store-process.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";

test("a lock that is held means alive, one that was released or is gone means dead", () => {
  const dir = join(createTemporaryFolder(), "engines");
  const lock = acquireEngineLock(dir, "a");
  expect(probeEngineLock(lock.path)).toBe("alive");
  expect(findLiveEngineLock(dir)).toBe(lock.path);
  lock.release();
  lock.release();
  expect(probeEngineLock(lock.path)).toBe("dead");
  expect(findLiveEngineLock(dir)).toBeUndefined();
  expect(probeEngineLock(join(dir, "nobody.lock"))).toBe("dead");
});

test("an engine that is killed is known to be dead within a second", async () => {
  const dir = join(createTemporaryFolder(), "engines");
  const engine = startStoreProcess({ does: "hold engine lock", path: dir });
  const { lock = "" } = await engine.answer;
  expect(probeEngineLock(lock)).toBe("alive");
  const killedAt = performance.now();
  await engine.kill();
  expect(probeEngineLock(lock)).toBe("dead");
  expect(performance.now() - killedAt).toBeLessThan(1_000);
});

test("probing one's own lock does not let it go", async () => {
  const store = await openTestStore();
  const dir = join(store.path, "..", "engines");
  const lock = acquireEngineLock(dir, "mine", store.path);
  for (let probe = 0; probe < 20; probe += 1) expect(probeEngineLock(lock.path)).toBe("alive");
  const other = startStoreProcess({ does: "probe", path: lock.path });
  expect(await other.answer).toEqual({ state: "alive" });
  lock.release();
});

test("a lock is no longer intact once its file is removed or replaced", () => {
  const dir = join(createTemporaryFolder(), "engines");
  const lock = acquireEngineLock(dir, "a");
  expect(lock.isIntact()).toBe(true);
  renameSync(lock.path, `${lock.path}.moved`);
  expect(lock.isIntact()).toBe(false);
  writeFileSync(lock.path, "");
  expect(lock.isIntact()).toBe(false);
  lock.release();
});

test("a lock is not taken twice under one name", () => {
  const dir = join(createTemporaryFolder(), "engines");
  const lock = acquireEngineLock(dir, "a");
  expect(() => acquireEngineLock(dir, "a")).toThrow(expect.objectContaining({ code: "engine_lock", exitCode: 5 }));
  expect(probeEngineLock(lock.path)).toBe("alive");
  lock.release();
});

test("locks are as open as their database", async () => {
  const alone = await openTestStore();
  const lock = createEngineLocks(alone.path).acquire("a");
  expect(statSync(lock.path).mode & 0o777).toBe(0o600);
  expect(statSync(join(lock.path, "..")).mode & 0o777).toBe(0o700);
  lock.release();
  const shared = await openTestStore({ group: String(process.getgid?.()) });
  const open = createEngineLocks(shared.path).acquire("a");
  expect(statSync(open.path).mode & 0o777).toBe(0o660);
  expect(statSync(join(open.path, "..")).mode & 0o777).toBe(0o770);
  open.release();
});

test("the locks beside a database are listed, found and removed by name", async () => {
  const store = await openTestStore();
  const locks = createEngineLocks(store.path);
  expect(locks.list()).toEqual([]);
  const lock = locks.acquire("a");
  expect(locks.list()).toEqual([lock.name]);
  expect(locks.probe(lock.name)).toBe("alive");
  expect(locks.findLive()).toBe(lock.path);
  lock.release();
  locks.remove(lock.name);
  locks.remove(lock.name);
  expect(existsSync(lock.path)).toBe(false);
});

test("what is no lock is an error, not a death", () => {
  const path = join(createTemporaryFolder(), "a.lock");
  mkdirSync(path);
  expect(() => probeEngineLock(path)).toThrow(expect.objectContaining({ code: "engine_lock" }));
});
