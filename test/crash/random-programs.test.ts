import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import Database from "better-sqlite3";
import { expect, onTestFinished, test } from "vitest";
import { ACTS, KINDS, type Order, type Told } from "../support/random-orders.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";

const PROGRAM = join(import.meta.dirname, "../support/fixtures/random-program.ts");
const LOAD_MS = 8_000;
const KILL_EVERY_MS = 1_500;
/** What is open afterwards is resumed and approved so often, each half a second. */
const ROUNDS_MAX = 40;

const pick = <T>(list: readonly T[]): T => list[Math.floor(Math.random() * list.length)] as T;

/** Programs on one database: the first two execute and are killed, the others start, decide and cancel only. */
class Programs {
  readonly runs: string[] = [];
  readonly failed: string[] = [];
  readonly #db: string;
  readonly #programs: ChildProcess[] = [];

  constructor(db: string) {
    this.#db = db;
    onTestFinished(() => this.#programs.forEach((program) => void program.kill("SIGKILL")));
  }

  async begin(at: number): Promise<void> {
    const program = fork(PROGRAM, [this.#db, at < 2 ? "executes" : "only asks"]);
    this.#programs[at] = program;
    program.on("message", (told: Told) => {
      if (told.t === "started") this.runs.push(told.run);
      if (told.t === "failed") this.failed.push(`${told.order}: ${told.error}`);
    });
    await once(program, "message");
  }

  async killAndBeginAgain(at: number): Promise<void> {
    this.#programs[at]?.kill("SIGKILL");
    await this.begin(at);
  }

  /** Tells one of them, any. */
  tell(order: Order): void {
    pick(this.#programs.filter((program) => program.connected)).send(order);
  }

  async stop(): Promise<void> {
    const ends = this.#programs.map((program) => once(program, "exit"));
    for (const program of this.#programs) program.send({ t: "stop" } satisfies Order);
    await Promise.all(ends);
  }
}

interface OpenRun {
  readonly id: number;
  readonly status: string;
  readonly intent: string;
}

test("programs that start, decide, cancel and retry runs of one file, and are killed, leave no run that does not end", async () => {
  const db = join(createTemporaryFolder(), "lockstep.db");
  const programs = new Programs(db);
  for (let at = 0; at < 4; at++) await programs.begin(at);
  const endsAt = Date.now() + LOAD_MS;
  let kills = 0;
  for (let killAt = Date.now() + KILL_EVERY_MS; Date.now() < endsAt; await sleep(5)) {
    programs.tell({ t: "start", kind: pick(KINDS) });
    for (const among of [3, 40]) {
      const run = pick(programs.runs.slice(-among)); // of what has just begun, and of what has not
      if (run !== undefined) programs.tell({ t: "act", run, act: pick(ACTS) });
    }
    if (Date.now() < killAt) continue;
    await programs.killAndBeginAgain(kills++ % 2);
    killAt = Date.now() + KILL_EVERY_MS;
  }
  const file = new Database(db, { readonly: true });
  onTestFinished(() => void file.close());
  const open = file.prepare<[], OpenRun>("SELECT id, status, intent FROM run WHERE finished_at IS NULL");
  for (let round = 0; round < ROUNDS_MAX && open.all().length > 0; round++) {
    for (const { id, status, intent } of open.all()) {
      if (intent === "cancel") continue; // it ends by itself
      if (status === "paused") programs.tell({ t: "act", run: `${id}`, act: "resume" });
      if (status === "waiting") programs.tell({ t: "act", run: `${id}`, act: "approve" });
    }
    await sleep(500);
  }
  const left = open.all().map((run) => JSON.stringify(run));
  const broken = file.prepare("SELECT id FROM run WHERE reason = 'internal'").pluck().all();
  expect({ left, broken, failed: programs.failed }).toEqual({ left: [], broken: [], failed: [] });
  await programs.stop();
  expect(kills).toBeGreaterThan(2);
  expect(programs.runs.length).toBeGreaterThan(200);
  expect(file.pragma("integrity_check", { simple: true })).toBe("ok");
  expect(file.pragma("foreign_key_check")).toEqual([]);
});
