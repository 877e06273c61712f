import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
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
import { needLinux } from "../support/need-linux.ts";
import { openTestStore } from "../support/open-test-store.ts";
import { listProcessesOfHome } from "../support/processes-of-home.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";
import { waitUntil } from "../support/wait-until.ts";

const COMMAND = join(import.meta.dirname, "../../dist/cli.js");
const KILLS = 50;
/** A machine that is busy with something else starts a process in seconds. */
const SLOW_MS = 300_000;
/** Most lines of effects that an engine lives for: each task that is done writes two. */
const EFFECTS_MAX = 80;
/** Longest time, in milliseconds, that it lives after them, and one that is killed before it has done anything. */
const TASK_MAX_MS = 10;
const START_MAX_MS = 400;

/** `engine` is the marker that all processes of one engine carry. */
const WORKFLOW = `
import { appendFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { workflow } from "lockstep";
const engine = process.env.LOCKSTEP_ENGINE;
const note = (call, phase) => {
  const effect = { key: call.idempotencyKey, attempt: call.attempt, phase, engine, worker: process.pid };
  appendFileSync("effects.jsonl", JSON.stringify(effect) + "\\n");
};
const act = async (call, result) => { note(call, "begin"); await wait(6); note(call, "done"); return result; };
const retry = { attempts: 50, backoff: "1ms" };
const wf = workflow("killed", { maxConcurrent: 6 });
const list = wf.task("list", { retry }, (call) => act(call, Array.from({ length: 120 }, (_, item) => item)));
const each = wf.map("each", { over: list, retry, maxConcurrent: 4 }, (call) => act(call, call.item * 2));
let last = wf.task("total", { needs: { value: each }, retry }, (call) => act(call, call.needs.value.reduce((a, b) => a + b, 0)));
for (let index = 0; index < 20; index++) {
  last = wf.task("chain" + index, { needs: { value: last }, retry }, (call) => act(call, call.needs.value));
}
wf.returns(last);
export default wf;
`;

/** Tasks that failed, with what their attempts say. */
const FAILED = `SELECT json_array(t.id, t.reason, t.interruptions, a.number, a.status, a.error)
  FROM task AS t LEFT JOIN attempt AS a ON a.task_id = t.id WHERE t.status = 'failed'`;

interface WorkerEffect extends Effect {
  readonly worker: number;
  readonly engine: string;
}

const readEffects = (folder: string): WorkerEffect[] => {
  const file = join(folder, "effects.jsonl");
  const effects = existsSync(file) ? (parseEffects(readFileSync(file, "utf8")) as WorkerEffect[]) : [];
  const engines = [...new Set(effects.map(({ engine }) => engine))];
  return effects.map((effect) => ({ ...effect, pid: engines.indexOf(effect.engine) }));
};

function start(folder: string, argv: readonly string[]) {
  const child = spawn(process.execPath, [COMMAND, ...argv], {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: folder },
    stdio: ["ignore", "ignore", "pipe"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  let error = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    error += text;
  });
  return { child, ended: once(child, "exit"), readError: () => error };
}

/** Without what a worker that the test has killed left half done: the next attempt may begin in the same engine's life. */
function dropKilled(effects: readonly WorkerEffect[], killed: ReadonlySet<number>): WorkerEffect[] {
  const name = ({ key, attempt, worker }: WorkerEffect) => `${key} ${attempt} ${worker}`;
  const done = new Set(effects.filter(({ phase }) => phase === "done").map(name));
  return effects.filter((effect) => !killed.has(effect.worker) || done.has(name(effect)));
}

test(`engines and workers that are killed ${KILLS} times at random moments lose nothing and do nothing twice`, {
  timeout: SLOW_MS,
}, async (context) => {
  needLinux(context);
  const seed = Number(process.env.LOCKSTEP_SEED ?? process.pid);
  console.log(`seed ${seed}; again with: LOCKSTEP_SEED=${seed}`);
  const chance = createSeededChance(seed);
  const folder = createTemporaryFolder();
  mkdirSync(join(folder, ".lockstep"), { mode: 0o700 });
  writeFileSync(join(folder, "killed.ts"), WORKFLOW);
  const killedWorkers = new Set<number>();
  let recorded: string[] = [];
  let next = ["run", "killed.ts"];

  const check = async (seen: number): Promise<void> => {
    const store = await openTestStore({ path: join(folder, ".lockstep/lockstep.db") });
    const now = listRecorded(store.sqlite);
    expect(findRecomputed(recorded, readEffects(folder).slice(seen))).toEqual([]);
    expect(findLost(recorded, now)).toEqual([]);
    expect(findMissing(now, readEffects(folder))).toEqual([]);
    expect(findDamage(store.sqlite)).toEqual([]);
    expect(store.sqlite.prepare(FAILED).pluck().all()).toEqual([]);
    const open = store.sqlite.prepare("SELECT id FROM run WHERE finished_at IS NULL").pluck().get();
    next = open === undefined ? ["run", "killed.ts"] : ["resume", String(open)];
    store.close();
    recorded = now;
  };

  for (let kills = 0; kills < KILLS; ) {
    const seen = readEffects(folder).length;
    const { child, ended, readError } = start(folder, next);
    const hasExited = () => child.exitCode !== null || child.signalCode !== null;
    // At some moment of its life: while it starts, or after so many effects, however slow the machine is.
    const effects = chance() < 0.2 ? 0 : 1 + chance() * EFFECTS_MAX;
    await waitUntil(() => hasExited() || readEffects(folder).length >= seen + effects, "tasks have begun");
    await wait(chance() * (effects === 0 ? START_MAX_MS : TASK_MAX_MS));
    const alive = listProcessesOfHome(folder);
    const worker = readEffects(folder)
      .slice(seen)
      .findLast((effect) => alive.includes(effect.worker))?.worker;
    if (chance() < 0.4 && worker !== undefined && !hasExited()) {
      process.kill(worker, "SIGKILL");
      killedWorkers.add(worker);
      // Its attempts run again one by one, each in a new worker: six ends in a row would be a crash loop.
      const met = readEffects(folder).length;
      await waitUntil(() => hasExited() || readEffects(folder).length > met + 12, "its attempts have run again");
      await wait(chance() * TASK_MAX_MS);
    }
    if (!hasExited()) child.kill("SIGKILL");
    await ended;
    if (child.signalCode === "SIGKILL") kills++;
    else expect([child.exitCode, readError()]).toEqual([0, expect.any(String)]);
    await waitUntil(() => listProcessesOfHome(folder).length === 0, "the workers have followed their engine");
    await check(seen);
  }
  const seen = readEffects(folder).length;
  const last = start(folder, next);
  await last.ended;
  expect([last.child.exitCode, last.readError()]).toEqual([0, expect.any(String)]);
  await check(seen);
  expect(readEffects(folder).every(({ engine }) => typeof engine === "string")).toBe(true);
  expect(findOverlaps(dropKilled(readEffects(folder), killedWorkers))).toEqual([]);
  expect(killedWorkers.size).toBeGreaterThan(0);
  const store = await openTestStore({ path: join(folder, ".lockstep/lockstep.db") });
  expect(store.sqlite.prepare("SELECT DISTINCT status FROM run").pluck().all()).toEqual(["succeeded"]);
  expect(listProcessesOfHome(folder)).toEqual([]);
  console.log(`${KILLS} engines and ${killedWorkers.size} workers were killed`);
});
