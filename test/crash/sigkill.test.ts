import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { createSeededChance } from "../../src/platform/chance.ts";
import {
  type Effect,
  findDamage,
  findLost,
  findMissing,
  findOverlaps,
  findRecomputed,
  listRecorded,
  parseEffects,
} from "../support/effects-history.ts";
import { openTestStore } from "../support/open-test-store.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";

const CHILD = fileURLToPath(new URL("../support/crash-child.ts", import.meta.url));
const KILLS = 50;
/** Longest life of a child after it has begun, in milliseconds. */
const LIFE_MAX_MS = 80;
/** Sum of 0, 2, … 118, and the length of the other output. */
const RESULT = 3_540 + 3_000;

interface Files {
  readonly db: string;
  readonly effects: string;
}

/** Starts the program and kills it after so long; returns what it said, and its process. */
async function runAndKill(files: Files, key: string, lifeMs: number): Promise<{ said: string[]; child: ChildProcess }> {
  const child = spawn(process.execPath, [CHILD, files.db, files.effects, key], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const said: string[] = [];
  const closed = once(child, "close");
  const begun = Promise.withResolvers<void>();
  createInterface({ input: child.stdout }).on("line", (line) => {
    said.push(line);
    begun.resolve();
  });
  await Promise.race([begun.promise, closed]);
  const timer = setTimeout(() => child.kill("SIGKILL"), lifeMs);
  await closed;
  clearTimeout(timer);
  return { said, child };
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test(`a program that is killed ${KILLS} times at random moments loses nothing and does nothing twice`, async () => {
  const seed = Number(process.env.LOCKSTEP_SEED ?? process.pid);
  console.log(`seed ${seed}; again with: LOCKSTEP_SEED=${seed}`);
  const chance = createSeededChance(seed);
  const folder = createTemporaryFolder();
  const files = { db: join(folder, "state", "lockstep.db"), effects: join(folder, "effects.jsonl") };
  const readEffects = (): Effect[] =>
    existsSync(files.effects) ? parseEffects(readFileSync(files.effects, "utf8")) : [];
  const pids: number[] = [];
  let recorded: string[] = [];
  let runs = 0;
  for (let kills = 0; kills < KILLS; ) {
    const seen = readEffects().length;
    const { said, child } = await runAndKill(files, `run-${runs}`, chance() * LIFE_MAX_MS);
    pids.push(child.pid as number);
    if (child.signalCode === "SIGKILL") kills++;
    else {
      expect([child.exitCode, said.at(-1)]).toEqual([0, `ends ${RESULT}`]);
      runs++;
    }
    const store = await openTestStore({ path: files.db });
    const now = listRecorded(store.sqlite);
    expect(findRecomputed(recorded, readEffects().slice(seen))).toEqual([]);
    expect(findLost(recorded, now)).toEqual([]);
    expect(findDamage(store.sqlite)).toEqual([]);
    store.close();
    recorded = now;
  }
  const { said } = await runAndKill(files, `run-${runs}`, 60_000);
  expect(said.at(-1)).toBe(`ends ${RESULT}`);
  const effects = readEffects();
  expect(findOverlaps(effects)).toEqual([]);
  const store = await openTestStore({ path: files.db });
  expect(findMissing(listRecorded(store.sqlite), effects)).toEqual([]);
  expect(store.sqlite.prepare("SELECT DISTINCT status FROM run").pluck().all()).toEqual(["succeeded"]);
  expect(store.sqlite.prepare("SELECT count(*) FROM run").pluck().get()).toBe(runs + 1);
  const interrupted = store.sqlite.prepare("SELECT count(*) FROM attempt WHERE status = 'interrupted'").pluck().get();
  expect(interrupted).toBeGreaterThan(10);
  expect(pids.filter(isAlive)).toEqual([]);
  console.log(`${KILLS} kills over ${runs + 1} runs; ${Number(interrupted)} attempts were interrupted`);
});
