import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { expect, test } from "vitest";
import { createSeededChance } from "../../src/platform/chance.ts";
import { type Effect, findDamage, findRecomputed, listRecorded, parseEffects } from "../support/effects-history.ts";
import { type Ended, type LockstepProcess, startLockstep } from "../support/lockstep-process.ts";
import { needLinux } from "../support/need-linux.ts";
import { openTestStore } from "../support/open-test-store.ts";
import { listProcessesOfHome } from "../support/processes-of-home.ts";
import { createStrangerWorkflow, STRANGER_SCRIPT } from "../support/stranger-workflow.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";
import { waitUntil } from "../support/wait-until.ts";

/**
 * A stranger plays with a run: kills what works on it, and pauses, cancels, resumes and retries it from other processes
 * while it runs. In the end it can be brought to its end, and nothing is left of it.
 */

const ROUNDS = Number(process.env.LOCKSTEP_ROUNDS ?? 2);
const MOVES = 12;
/** A machine that is busy with something else starts a process in seconds. */
const SLOW_MS = 300_000;
/** Longest time between two moves, in milliseconds. */
const PAUSE_MAX_MS = 150;
const FINAL = ["succeeded", "failed", "canceled"];

const QUICK = `import { workflow } from "lockstep";
const wf = workflow("quick");
wf.task("only", () => 1);
export default wf;
`;

class World {
  readonly folder = createTemporaryFolder();
  readonly tasks: readonly string[];
  readonly chance: () => number;
  readonly said: string[] = [];
  readonly recorded: { readonly keys: string[]; readonly effects: number }[] = [];
  engines: LockstepProcess[] = [];
  readonly commands: Promise<Ended>[] = [];

  /** A daemon executes what is queued, and is started again when it is gone; else each command its own. */
  readonly hasDaemon: boolean;

  constructor(chance: () => number) {
    this.chance = chance;
    this.hasDaemon = chance() < 0.4;
    const { text, tasks } = createStrangerWorkflow(chance);
    this.tasks = tasks;
    mkdirSync(join(this.folder, ".lockstep"), { mode: 0o700 });
    writeFileSync(join(this.folder, "strange.ts"), text);
    writeFileSync(join(this.folder, "task.sh"), STRANGER_SCRIPT);
  }

  get db(): string {
    return join(this.folder, ".lockstep/lockstep.db");
  }

  pick<T>(items: readonly T[]): T | undefined {
    return items[Math.floor(this.chance() * items.length)];
  }

  pickRun(): string {
    const count = this.said.filter((each) => each === "run strange.ts --detach").length;
    return String(1 + Math.floor(this.chance() * Math.max(1, count)));
  }

  readEffects(): Effect[] {
    const file = join(this.folder, "effects.jsonl");
    return existsSync(file) ? parseEffects(readFileSync(file, "utf8")) : [];
  }

  /** A command that may execute the run. */
  startEngine(...argv: string[]): LockstepProcess {
    this.said.push(argv.join(" "));
    const engine = startLockstep(this.folder, argv);
    this.engines.push(engine);
    void engine.ended.then((ended) => {
      this.engines = this.engines.filter((each) => each !== engine);
      this.check(argv, ended);
    });
    return engine;
  }

  async call(...argv: string[]): Promise<Ended> {
    this.said.push(argv.join(" "));
    const ended = await startLockstep(this.folder, argv).ended;
    this.check(argv, ended);
    return ended;
  }

  readonly wrong: unknown[] = [];

  /** What a command may end with; never a fault of Lockstep. */
  check(argv: readonly string[], { exitCode, signal, out, error }: Ended): void {
    const isFine = signal !== null || [0, 1, 3, 4, 6, 130].includes(exitCode ?? -1);
    if (!isFine || /internal error|assertion|^\s+at /m.test(error)) this.wrong.push({ argv, exitCode, out, error });
  }

  async note(): Promise<void> {
    if (!existsSync(this.db)) return;
    const store = await openTestStore({ path: this.db, access: "read" }).catch(() => undefined);
    if (store === undefined) return;
    const keys = listRecorded(store.sqlite);
    store.close();
    this.recorded.push({ keys, effects: this.readEffects().length });
  }
}

type Move = (world: World) => Promise<unknown> | unknown;

const kill = (world: World, signal: NodeJS.Signals): void => void world.pick(world.engines)?.child.kill(signal);

function killSomething({ folder, engines, pick }: World, choose: typeof pick): void {
  const own = new Set(engines.map(({ child }) => child.pid));
  const pid = choose(listProcessesOfHome(folder).filter((each) => !own.has(each)));
  try {
    if (pid !== undefined) process.kill(pid, "SIGKILL");
  } catch {
    // it has ended meanwhile
  }
}

const MOVES_OF_STRANGERS: Readonly<Record<string, Move>> = {
  killEngine: (world) => kill(world, "SIGKILL"),
  interruptEngine: (world) => kill(world, "SIGINT"),
  stopAndContinueEngine: async (world) => {
    const engine = world.pick(world.engines);
    engine?.child.kill("SIGSTOP");
    await world.call("runs");
    engine?.child.kill("SIGCONT");
  },
  killPart: (world) => killSomething(world, (items) => world.pick(items)),
  killAnotherPart: (world) => killSomething(world, (items) => world.pick(items)),
  pause: (world) => world.call("pause", world.pickRun()),
  cancel: (world) => world.startEngine("cancel", world.pickRun()),
  resume: (world) => world.startEngine("resume", world.pickRun()),
  resumeAgain: (world) => world.startEngine("resume", "--all"),
  retry: (world) => world.startEngine("retry", world.pickRun()),
  retryFrom: (world) => world.startEngine("retry", world.pickRun(), "--from", world.pick(world.tasks) ?? ""),
  another: (world) => (world.hasDaemon ? world.call("run", "strange.ts", "--detach") : undefined),
};

async function play(world: World): Promise<void> {
  if (world.hasDaemon) {
    world.startEngine("daemon", "--workflows", ".");
    await world.call("run", "strange.ts", "--detach");
  } else {
    world.startEngine("run", "strange.ts");
  }
  await waitUntil(() => world.readEffects().length > 0, "it has begun");
  for (let count = 0; count < MOVES; count++) {
    const seen = world.readEffects().length;
    const isAtWork = () => world.readEffects().length > seen || world.engines.length === 0;
    if (world.chance() < 0.6) await Promise.race([waitUntil(isAtWork, "it is at work"), wait(3_000)]);
    await wait(world.chance() * PAUSE_MAX_MS);
    const name = world.pick(Object.keys(MOVES_OF_STRANGERS)) as string;
    world.said.push(`(${name})`);
    await MOVES_OF_STRANGERS[name]?.(world);
    await world.note();
    if (world.hasDaemon && world.engines.length === 0) world.startEngine("daemon", "--workflows", ".");
  }
  await wait(world.chance() * PAUSE_MAX_MS);
}

async function listOpen(world: World): Promise<number[]> {
  const store = await openTestStore({ path: world.db });
  const ids = store.sqlite
    .prepare<[], number>("SELECT id FROM run WHERE finished_at IS NULL AND parent_task_id IS NULL")
    .pluck()
    .all();
  store.close();
  return ids;
}

/** Whoever works on it ends; then a last `resume` brings it to its end. */
async function bringToItsEnd(world: World): Promise<void> {
  for (const engine of world.engines) engine.child.kill("SIGKILL");
  await waitUntil(() => world.engines.length === 0, "all engines have ended");
  await waitUntil(() => listProcessesOfHome(world.folder).length === 0, "what they had started has followed them");
  await world.note();
  for (const id of await listOpen(world)) await endWithin(world, "resume", String(id));
  writeFileSync(join(world.folder, "quick.ts"), QUICK);
  await endWithin(world, "run", "quick.ts"); // an engine that finds what dead ones have left
}

/** A command that has to come to its end. */
async function endWithin(world: World, ...argv: string[]): Promise<void> {
  const isLate = AbortSignal.timeout(40_000);
  const late = new Promise<never>((_, reject) => {
    isLate.addEventListener("abort", () => reject(new Error(`lockstep ${argv.join(" ")} hangs`)));
  });
  await Promise.race([world.call(...argv), late]);
}

async function expectWhole(world: World): Promise<void> {
  expect(world.wrong).toEqual([]);
  const file = join(world.folder, "overlaps");
  expect(existsSync(file) ? readFileSync(file, "utf8") : "").toBe("");
  for (const { keys, effects } of world.recorded) {
    expect(findRecomputed(keys, world.readEffects().slice(effects))).toEqual([]);
  }
  const store = await openTestStore({ path: world.db });
  const read = (text: string): unknown[] => store.sqlite.prepare(text).pluck().all();
  expect(findDamage(store.sqlite)).toEqual([]);
  expect(read("SELECT status FROM run").filter((status) => !FINAL.includes(String(status)))).toEqual([]);
  expect(read("SELECT resource FROM hold")).toEqual([]);
  expect(read("SELECT status FROM engine WHERE status NOT IN ('ended', 'lost')")).toEqual([]);
  expect(readdirSync(join(world.folder, ".lockstep/engines")).filter((name) => name.endsWith(".lock"))).toEqual([]);
  store.close();
  expect(listProcessesOfHome(world.folder)).toEqual([]);
}

test(`a run that strangers play with, in ${ROUNDS} rounds, comes to its end, and nothing is left of it`, {
  timeout: SLOW_MS,
}, async (context) => {
  needLinux(context);
  const first = Number(process.env.LOCKSTEP_SEED ?? process.pid);
  for (let round = 0; round < ROUNDS; round++) {
    const seed = first + round;
    console.log(`seed ${seed}; again with: LOCKSTEP_SEED=${seed} LOCKSTEP_ROUNDS=1`);
    const world = new World(createSeededChance(seed));
    try {
      await play(world);
      await bringToItsEnd(world);
      await expectWhole(world);
    } catch (error) {
      console.log(`seed ${seed}: ${world.said.join(", ")}\n${readFileSync(join(world.folder, "strange.ts"), "utf8")}`);
      throw error;
    }
  }
});
