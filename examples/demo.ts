/**
 * `npm run demo`: builds Lockstep, merges three configuration files, kills a second, longer run with SIGKILL half-way,
 * resumes it, and looks whether what was recorded was kept. `--built` leaves out the build.
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

const ROOT = join(import.meta.dirname, "..");
const COMMAND = join(ROOT, "dist/cli.js");
const FOLDER = mkdtempSync(join(tmpdir(), "lockstep-demo-"));
const ENV = { ...process.env, LOCKSTEP_DB: join(FOLDER, "lockstep.db") };

/** How long each of the ten chunks takes, four at once; and how long after the first four the process is killed. */
const CHUNK_MS = 1_500;
const KILL_AFTER_MS = 500;
const START_MAX_MS = 30_000;

interface Chunk {
  readonly index: number;
  readonly status: string;
  readonly attempt: number;
}

try {
  if (!process.argv.includes("--built")) {
    say("1. Build");
    call("node", [join(ROOT, ".ci/build.ts")]);
  }
  say("2. Merge three configuration files of this repository");
  callLockstep("run", "examples/merge-configs.ts", "--input", `out=${join(FOLDER, "merged.json")}`);
  say("3. Import 1,000 users in ten chunks, and kill the process with SIGKILL half-way");
  const journal = join(FOLDER, "journal.txt");
  await runAndKill(journal, [
    ...["run", "examples/import-users.ts", "--input", `pauseMs=${CHUNK_MS}`],
    ...["--input", `journal=${journal}`, "--input", `out=${join(FOLDER, "users.json")}`],
  ]);
  const before = readChunks();
  callLockstep("runs");
  say("4. Resume it");
  callLockstep("resume", "2");
  say("5. Was anything lost, or done again?");
  prove(before, readChunks(), readJournal(journal));
} finally {
  rmSync(FOLDER, { recursive: true, force: true });
}

/** Starts a run, waits until it has done four chunks and is at the next four, and kills it. */
async function runAndKill(journal: string, args: readonly string[]): Promise<void> {
  console.log(`$ lockstep ${args.join(" ")}`);
  const child = spawn(process.execPath, [COMMAND, ...args], { cwd: ROOT, env: ENV, stdio: "inherit" });
  const ended = new Promise<string>((resolve) =>
    child.once("exit", (code, signal) => resolve(signal ?? `code ${code}`)),
  );
  const deadline = performance.now() + START_MAX_MS;
  while (readJournal(journal).length < 4 && child.exitCode === null && performance.now() < deadline) await pause(20);
  await pause(KILL_AFTER_MS);
  child.kill("SIGKILL");
  const how = await ended;
  console.log(`\nprocess ${child.pid} ended: ${how}`);
  if (how !== "SIGKILL") throw new Error(`expected the run to be killed half-way, but it ended before: ${how}`);
}

function prove(before: readonly Chunk[], after: readonly Chunk[], journal: readonly Chunk["index"][]): void {
  const recorded = before.filter((chunk) => chunk.status === "succeeded").map((chunk) => chunk.index);
  const rest = after.map((chunk) => chunk.index).filter((index) => !recorded.includes(index));
  const begunAgain = after.filter((chunk) => chunk.attempt > 1).map((chunk) => chunk.index);
  const count = (index: number) => journal.filter((done) => done === index).length;
  const users: unknown[] = JSON.parse(readFileSync(join(FOLDER, "users.json"), "utf8"));
  console.log(`recorded before the kill   chunks ${recorded.join(" ")}: each was done ${timesOf(recorded.map(count))}`);
  console.log(`not recorded by then       chunks ${rest.join(" ")}: each was done ${timesOf(rest.map(count))}`);
  console.log(`cut off and begun again    chunks ${begunAgain.join(" ")}`);
  console.log(`written                    ${users.length} users`);
  const kept = recorded.length > 0 && recorded.every((index) => count(index) === 1 && !begunAgain.includes(index));
  const whole = after.length === 10 && after.every((chunk) => chunk.status === "succeeded" && count(chunk.index) > 0);
  console.log(kept && whole ? "\nNothing was lost, and nothing that was recorded was done again." : "\nThis is wrong.");
  if (!kept || !whole) process.exitCode = 1;
}

function timesOf(counts: readonly number[]): string {
  const distinct = [...new Set(counts)].sort((a, b) => a - b);
  return distinct.length === 1 && distinct[0] === 1 ? "once" : `${distinct.join(" or ")} times`;
}

/** The chunks of the second run, as the database has them. */
function readChunks(): Chunk[] {
  const { stdout } = spawnSync(process.execPath, [COMMAND, "show", "2", "--json"], { cwd: ROOT, env: ENV });
  const { tasks }: { tasks: { id: string; index: number | null; status: string; attempt: number }[] } = JSON.parse(
    String(stdout),
  );
  return tasks.flatMap(({ id, index, status, attempt }) =>
    id === "clean" && index !== null ? [{ index, status, attempt }] : [],
  );
}

/** The chunk of each line: import-users appends one when it has done a chunk. */
function readJournal(file: string): number[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => Number.parseInt(line, 10));
}

function callLockstep(...args: readonly string[]): void {
  console.log(`$ lockstep ${args.join(" ")}`);
  call("lockstep", [COMMAND, ...args]);
}

function call(name: string, args: readonly string[]): void {
  const { status } = spawnSync(process.execPath, args, { cwd: ROOT, env: ENV, stdio: "inherit" });
  if (status !== 0) throw new Error(`expected ${name} to succeed, but it exited with ${status}`);
}

function say(what: string): void {
  console.log(`\n── ${what} ${"─".repeat(Math.max(4, 76 - what.length))}`);
}
