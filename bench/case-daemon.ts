/** The daemon beside what the library does in one process: throughput, latencies, what it takes when idle. */
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import Database from "better-sqlite3";
import { type Lockstep, open, workflow } from "../src/index.ts";
import type { Bench, Case, Entry } from "./case.ts";
import { DaemonProcess } from "./daemon-process.ts";
import { makeFolderIn } from "./disk.ts";
import { getFigure } from "./figure.ts";
import { atMost } from "./target.ts";

const DAEMON = "Lockstep, daemon and its workers";
const LIBRARY = "Lockstep, library";
const RUNS = 1_000;
const SCHEDULES = 20;
const SLOT_SECONDS = 20;

const empty = workflow("empty");
empty.task("work", () => null);
const gated = workflow("gated");
gated.task("work", { checkpoint: { message: "Go on?", risk: "low" } }, () => null);

const daemonRuns: Case = {
  name: "daemon-runs",
  title: "through the daemon: 1,000 runs of one function task, submitted at once by another process",
  rounds: 3,
  notes: [
    "No engine for one machine that installs from npm runs as a daemon with processes for its tasks: none is beside it.",
  ],
  entries: () => [
    { name: DAEMON, tasks: RUNS, runs: RUNS, measure: (bench) => withDaemon(bench, submitMany) },
    { name: LIBRARY, tasks: RUNS, runs: RUNS, measure: measureLibrary },
  ],
  targets: () => [],
};

const APPROVED = "approval, by another process, to first task";
const SUBMITTED = "submission, by another process, to first task";
const FIRED = "slot to first task";
const daemonLatency: Case = {
  name: "daemon-latency",
  title: "through the daemon: how long until a task begins",
  rounds: 1,
  notes: ["Instants of rows, so to a millisecond. The daemon was idle before each."],
  entries: () => [
    latency(SUBMITTED, (session) => repeat(100, () => submitOne(session))),
    latency(APPROVED, (session) => repeat(100, () => approveOne(session))),
    { name: FIRED, tasks: 1, runs: 1, measure: measureSlots },
  ],
  targets: (figures) => [atMost(`ms at p99: ${APPROVED}`, getFigure(figures, APPROVED).p99Ms ?? Number.NaN, 50)],
};

const IDLE_SECONDS = 20;
const daemonIdle: Case = {
  name: "daemon-idle",
  title: "the daemon when it does nothing, and after many runs (figures are not times: see the names)",
  rounds: 1,
  entries: () => [
    { name: "idle: processor ms in a second", tasks: 1, runs: 1, measure: (bench) => withDaemon(bench, measureIdle) },
    ...[10_000, 100_000].map((runs) => ({
      name: `memory in MiB after ${runs.toLocaleString("en")} runs`,
      tasks: 1,
      runs: 1,
      measure: (bench: Bench) => withDaemon(bench, (session) => measureMemory(session, runs)),
    })),
  ],
  targets: (figures) => [
    atMost("processor ms in a second when idle", figures[0]?.medianMs ?? Number.NaN, 5),
    atMost(
      "times the memory after 10,000 runs, after 100,000",
      (figures[2]?.medianMs ?? 0) / (figures[1]?.medianMs ?? 0),
      1.25,
    ),
  ],
};

export const daemonCases: readonly Case[] = [daemonRuns, daemonLatency, daemonIdle];

export interface DaemonSession {
  readonly daemon: DaemonProcess;
  /** Of this process, which executes nothing. */
  readonly lockstep: Lockstep;
  readonly reader: Database.Database;
}

export async function withDaemon(
  bench: Bench,
  measure: (session: DaemonSession) => Promise<number[]>,
  schedules = "",
): Promise<number[]> {
  const daemon = new DaemonProcess(makeFolderIn(bench.disk), schedules);
  try {
    await daemon.ready();
    const lockstep = await open({ db: daemon.db, execute: false });
    const reader = new Database(daemon.db, { readonly: true });
    try {
      await lockstep.run(empty, null); // its worker has started and loaded the file
      return await measure({ daemon, lockstep, reader });
    } finally {
      reader.close();
      await lockstep.close();
    }
  } finally {
    await daemon.stop();
  }
}

function latency(name: string, measure: (session: DaemonSession) => Promise<number[]>): Entry {
  return { name, tasks: 1, runs: 1, measure: (bench) => withDaemon(bench, measure) };
}

async function submitMany({ lockstep }: DaemonSession): Promise<number[]> {
  const startedAt = performance.now();
  await runMany(lockstep, RUNS);
  return [performance.now() - startedAt];
}

async function measureLibrary(bench: Bench): Promise<number[]> {
  const lockstep = await open({ db: join(makeFolderIn(bench.disk), "lockstep.db"), sync: "full" });
  await lockstep.run(empty, null);
  const startedAt = performance.now();
  await runMany(lockstep, RUNS);
  const tookMs = performance.now() - startedAt;
  await lockstep.close();
  return [tookMs];
}

export async function runMany(lockstep: Lockstep, runs: number): Promise<void> {
  await Promise.all(Array.from({ length: runs }, () => lockstep.run(empty, null)));
}

async function repeat(times: number, measure: () => Promise<number>): Promise<number[]> {
  const samples: number[] = [];
  for (let index = 0; index < times; index += 1) samples.push(await measure());
  return samples;
}

async function submitOne(session: DaemonSession): Promise<number> {
  const handle = session.lockstep.start(empty, null);
  const at = Date.now();
  await handle.result();
  return readFirstStart(session, handle.id) - at;
}

async function approveOne(session: DaemonSession): Promise<number> {
  const { lockstep } = session;
  const handle = lockstep.start(gated, null);
  while (handle.status() !== "waiting") await wait(2);
  const [gate] = lockstep.checkpoints({ run: handle.id });
  if (gate === undefined) throw new Error(`expected run ${handle.id} to wait at its checkpoint`);
  lockstep.decide(gate, { decision: "approve" }, { kind: "person", name: "bench" });
  const at = Date.now();
  await handle.result();
  return readFirstStart(session, handle.id) - at;
}

/** Twenty workflows, each of them due each second, for some seconds. */
async function measureSlots(bench: Bench): Promise<number[]> {
  const names = Array.from({ length: SCHEDULES }, (_, index) => `each-second-${index}`);
  const files = names.map(
    (name, index) =>
      `export const w${index} = workflow("${name}", { schedule: { cron: "* * * * * *", overlap: "allow" } });\nw${index}.task("work", () => null);`,
  );
  const text = `import { workflow } from "lockstep";\n${files.join("\n")}\n`;
  return await withDaemon(bench, awaitSlots, text);
}

async function awaitSlots({ reader }: DaemonSession): Promise<number[]> {
  await wait(SLOT_SECONDS * 1_000);
  const rows = reader.prepare<[], { ms: number }>(
    `SELECT task.started_at - slot.due_at AS ms FROM slot JOIN task ON task.run_id = slot.run_id
     WHERE slot.status = 'fired' AND task.started_at IS NOT NULL`,
  );
  const samples = rows.all().map(({ ms }) => ms);
  const expected = (SLOT_SECONDS - 2) * SCHEDULES;
  if (samples.length < expected)
    throw new Error(`expected ${expected} slots or more to have been fired, found ${samples.length}`);
  return samples;
}

function readFirstStart({ reader }: DaemonSession, run: string): number {
  return (
    reader.prepare<[number], number>("SELECT started_at FROM task WHERE run_id = ?").pluck().get(Number(run)) ??
    Number.NaN
  );
}

async function measureIdle({ daemon }: DaemonSession): Promise<number[]> {
  const before = daemon.readCpuMs();
  await wait(IDLE_SECONDS * 1_000);
  return [(daemon.readCpuMs() - before) / IDLE_SECONDS];
}

/** In portions, so that this process does not hold them all. */
async function measureMemory({ daemon, lockstep }: DaemonSession, runs: number): Promise<number[]> {
  for (let done = 0; done < runs; done += RUNS) await runMany(lockstep, RUNS);
  return [daemon.readMemoryMib()];
}
