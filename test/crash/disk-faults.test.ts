import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect, test } from "vitest";
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
import { needStrace } from "../support/need-strace.ts";
import { openTestStore } from "../support/open-test-store.ts";
import { listProcessesOfHome } from "../support/processes-of-home.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";
import { waitUntil } from "../support/wait-until.ts";

/**
 * The n-th write, or flush, of the engine's process fails, once, for n = 1 + offset, 1 + offset + step … until a run
 * passes untouched. Only that process is traced: its workers never touch the file.
 */

const COMMAND = join(import.meta.dirname, "../../dist/cli.js");

const WORKFLOW = `
import { appendFileSync } from "node:fs";
import { workflow } from "lockstep";
const note = (call, phase) => {
  const effect = { key: call.idempotencyKey, attempt: call.attempt, phase, pid: process.ppid };
  appendFileSync("effects.jsonl", JSON.stringify(effect) + "\\n");
};
const act = (call, result) => { note(call, "begin"); note(call, "done"); return result; };
const wf = workflow("faulted", { maxConcurrent: 4 });
const list = wf.task("list", (call) => act(call, [1, 2, 3, 4, 5, 6]));
const each = wf.map("each", { over: list, maxConcurrent: 3 }, (call) => act(call, call.item * 2));
const big = wf.task("big", { after: [list] }, (call) => act(call, "x".repeat(20_000)));
let last = wf.task("total", { needs: { each, big } }, (call) => act(call, call.needs.each.length));
for (let index = 0; index < 4; index++) {
  last = wf.task("chain" + index, { needs: { value: last } }, (call) => act(call, call.needs.value));
}
wf.returns(last);
export default wf;
`;

interface Ended {
  readonly exitCode: number | null;
  readonly out: string;
  readonly error: string;
}

async function run(folder: string, argv: readonly string[], wrapper: readonly string[] = []): Promise<Ended> {
  const [command = "", ...args] = [...wrapper, process.execPath, COMMAND, ...argv];
  const env = { PATH: process.env.PATH, HOME: folder };
  const child = spawn(command, args, { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  const [out, error, exitCode] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { exitCode, out, error };
}

interface Fault {
  readonly call: "pwrite64" | "fsync,fdatasync";
  readonly error: "EIO" | "ENOSPC";
  /** Of an engine that finds its database, or makes it. */
  readonly database: "found" | "made";
  readonly step: number;
}

/** Runs with the n-th such call failing; the exit code and what was printed, and whether a call failed at all. */
async function runWithFault(folder: string, { call, error }: Fault, n: number): Promise<Ended & { isHit: boolean }> {
  const trace = join(folder, "trace");
  const inject = `inject=${call}:error=${error}:when=${n}`;
  const ended = await run(
    folder,
    ["run", "faulted.ts"],
    ["strace", "-qq", "-o", trace, "-e", `trace=${call}`, "-e", inject],
  );
  return { ...ended, isHit: readFileSync(trace, "utf8").includes("(INJECTED)") };
}

function readEffects(folder: string): Effect[] {
  const file = join(folder, "effects.jsonl");
  return existsSync(file) ? parseEffects(readFileSync(file, "utf8")) : [];
}

async function readState(folder: string) {
  const store = await openTestStore({ path: join(folder, ".lockstep/lockstep.db") });
  const recorded = listRecorded(store.sqlite);
  const statuses = store.sqlite.prepare<[], string>("SELECT status FROM run ORDER BY id").pluck().all();
  const damage = findDamage(store.sqlite);
  store.close();
  return { recorded, statuses, damage };
}

/** What the person is told: one clear line that names the file or the lock, and no stack; of no result that is known. */
function expectClear({ exitCode, out, error }: Ended): void {
  const last = error.trimEnd().split("\n").at(-1) ?? "";
  expect([exitCode, out, last]).toEqual([5, "", expect.stringMatching(/lockstep\.db|lock of an engine/)]);
  expect(error).not.toMatch(/^\s+at /m);
}

async function makeProject(fault: Fault): Promise<string> {
  const folder = createTemporaryFolder();
  mkdirSync(join(folder, ".lockstep"), { mode: 0o700 });
  writeFileSync(join(folder, "faulted.ts"), WORKFLOW);
  if (fault.database === "found") expect((await run(folder, ["run", "faulted.ts"])).exitCode).toBe(0);
  return folder;
}

/** One fault, then `resume` without one, and the run's end. Returns the exit code; undefined: nothing has failed. */
async function judge(template: string, fault: Fault, n: number): Promise<number | null | undefined> {
  const folder = createTemporaryFolder();
  cpSync(template, folder, { recursive: true });
  const before = readEffects(folder).length;
  const faulted = await runWithFault(folder, fault, n);
  if (faulted.exitCode !== 0) expectClear(faulted);
  await waitUntil(() => listProcessesOfHome(folder).length === 0, "the workers have followed their engine");
  const then = await readState(folder);
  const met = readEffects(folder).length;
  expect((await run(folder, ["resume", "--all"])).exitCode).toBe(0);
  const now = await readState(folder);
  const effects = readEffects(folder);
  expect(findRecomputed(then.recorded, effects.slice(met))).toEqual([]);
  expect(findLost(then.recorded, now.recorded)).toEqual([]);
  expect(findMissing(now.recorded, effects)).toEqual([]);
  expect(findOverlaps(effects)).toEqual([]);
  expect([...then.damage, ...now.damage]).toEqual([]);
  expect(now.statuses.filter((status) => status !== "succeeded")).toEqual([]);
  if (faulted.exitCode === 0) expect(now.statuses).toHaveLength(then.statuses.length);
  if (effects.length > before) expect(then.statuses).toHaveLength(fault.database === "found" ? 2 : 1);
  return faulted.isHit ? faulted.exitCode : undefined;
}

const FAULTS: readonly Fault[] = [
  { call: "fsync,fdatasync", error: "EIO", database: "found", step: 2 },
  { call: "fsync,fdatasync", error: "ENOSPC", database: "found", step: 5 },
  { call: "fsync,fdatasync", error: "EIO", database: "made", step: 5 },
  { call: "pwrite64", error: "EIO", database: "found", step: 9 },
  { call: "pwrite64", error: "ENOSPC", database: "found", step: 13 },
  { call: "pwrite64", error: "EIO", database: "made", step: 60 },
  { call: "pwrite64", error: "ENOSPC", database: "made", step: 60 },
];

describe("a disk that fails once", () => {
  test.for(FAULTS)("with $error at $call, while the database is $database, loses nothing", async (fault, context) => {
    needStrace(context);
    const seed = Number(process.env.LOCKSTEP_SEED ?? process.pid);
    const step = Number(process.env.LOCKSTEP_FAULT_STEP ?? fault.step);
    const template = await makeProject(fault);
    const exits = new Map<number, number[]>([5, 0].map((exitCode) => [exitCode, []]));
    for (let n = 1 + (seed % step); ; n += step) {
      const exitCode = await judge(template, fault, n);
      if (exitCode === undefined) break;
      exits.get(exitCode ?? -1)?.push(n);
    }
    const again = `LOCKSTEP_SEED=${seed} LOCKSTEP_FAULT_STEP=${step} (1: each of them)`;
    const told = [...exits].map(([exitCode, calls]) => `exit ${exitCode} at call ${calls.join(" ")}`).join(", ");
    console.log(`${fault.error} at ${fault.call}, step ${step}: ${told}; again with: ${again}`);
    expect(exits.get(5)).not.toEqual([]);
  });
});
