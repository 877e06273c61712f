/** What another process does to a database or a lock in a test. Its only argument is a StoreTask as JSON; it answers with lines of JSON. */

import { once } from "node:events";
import { systemClock } from "../../src/platform/clock.ts";
import { acquireEngineLock, probeEngineLock } from "../../src/platform/engine-lock.ts";
import { createEngineLocks } from "../../src/platform/engine-locks.ts";
import { openStore } from "../../src/store/open-store.ts";
import type { StoreTask } from "./store-process.ts";

function say(answer: unknown): void {
  console.log(JSON.stringify(answer));
}

/** Groups first, the user last: afterwards there is no right to change them. */
function becomeUser({ uid, gid, groups }: NonNullable<StoreTask["as"]>): void {
  process.setgroups?.(groups);
  process.setgid?.(gid);
  process.setuid?.(uid);
}

/** Stays until it is killed or its standard input ends. */
function stay(): void {
  process.stdin.resume();
}

function openStoreHere(path: string, task: Pick<StoreTask, "migrationsDir" | "group">, access: "write" | "read") {
  const findLiveEngine = createEngineLocks(path).findLive;
  return openStore({ path, access, clock: systemClock, findLiveEngine, ...task });
}

async function perform(task: StoreTask): Promise<void> {
  const { path, migrationsDir, group, umask } = task;
  if (umask !== undefined) process.umask(umask);
  if (task.as !== undefined) becomeUser(task.as);
  if (task.waits) {
    say({ ready: true });
    await once(process.stdin, "data");
    process.stdin.pause();
  }
  switch (task.does) {
    case "open":
    case "read": {
      const store = await openStoreHere(path, { migrationsDir, group }, task.does === "read" ? "read" : "write");
      say({ synchronous: store.sqlite.pragma("synchronous", { simple: true }), umask: process.umask() });
      store.close();
      return;
    }
    case "probe":
      return say({ state: probeEngineLock(path) });
    case "hold engine lock":
      say({ lock: acquireEngineLock(path, "other").path });
      return stay();
    case "hold write lock": {
      const store = await openStoreHere(path, {}, "write");
      store.sqlite.exec("BEGIN IMMEDIATE");
      say("holds");
      process.stdin.once("data", () => {
        store.sqlite.exec("COMMIT");
        store.close();
        process.exit();
      });
      return;
    }
    case "commit without end": {
      const store = await openStoreHere(path, {}, "write");
      const insert = store.sqlite.prepare("INSERT INTO value (bytes, json) VALUES (2, '10')");
      say("begins");
      for (;;) await store.writeTransaction(() => insert.run());
    }
  }
}

try {
  await perform(JSON.parse(process.argv[2] ?? "{}") as StoreTask);
} catch (error) {
  if (!(error instanceof Error)) throw error;
  say({ error: "code" in error ? error.code : error.name, message: error.message });
}
