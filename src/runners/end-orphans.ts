/**
 * Finds what earlier engines left: processes that carry the marker of an attempt or of an engine in their environment.
 * That also finds what called `setsid` or was forked twice; only a process that cleared its environment escapes. Markers
 * are unique over engines and boots, so nothing else is ever signaled.
 *
 * On Linux by /proc. On macOS by `ps -E`, which shows the environment of processes of the same user.
 */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { LockstepError } from "../core/errors.ts";
import type { Clock } from "../core/ports.ts";
import { removeFilesOfEngine } from "./command-files.ts";

export interface Markers {
  /** Ids of attempts that may still live. */
  readonly attemptIds?: readonly string[];
  /** Uids of engines that are dead: their workers. */
  readonly engineUids?: readonly string[];
}

const LOOK_AGAIN_MS = 5;
/** A process that SIGKILL does not end in so long hangs in the kernel. */
const GIVE_UP_MS = 10_000;

/**
 * Kills all processes that carry one of the markers and waits until none is left; a zombie is dead. Returns how many
 * were killed.
 * @throws {LockstepError} `orphan_lives` where one did not die: its attempt must not be run again beside it.
 */
export async function endOrphans(markers: Markers, clock: Clock): Promise<number> {
  const wanted = new Set([
    ...(markers.attemptIds ?? []).map((id) => `LOCKSTEP_ATTEMPT=${id}`),
    ...(markers.engineUids ?? []).map((uid) => `LOCKSTEP_ENGINE=${uid}`),
  ]);
  const killed = new Set<number>();
  if (wanted.size === 0) return 0;
  for (let waitedMs = 0; ; waitedMs += LOOK_AGAIN_MS) {
    const found = findMarked(wanted); // again after each kill: it may just have forked
    if (found.length === 0) return killed.size;
    for (const pid of found) if (signal(pid)) killed.add(pid);
    if (waitedMs > GIVE_UP_MS) {
      throw new LockstepError(
        "orphan_lives",
        `Process ${found[0]} of an earlier attempt does not die, even by SIGKILL.`,
      );
    }
    await new Promise<void>((resolve) => {
      const keepAlive = setInterval(() => {}, GIVE_UP_MS);
      clock.schedule(LOOK_AGAIN_MS, () => {
        clearInterval(keepAlive);
        resolve();
      });
    });
  }
}

/**
 * Ends what a dead engine left alive, its workers and its commands, and removes their files. `lockName`: the file name of
 * its lock, `UID.lock`.
 */
export async function endSurvivors(lockName: string, clock: Clock): Promise<void> {
  const uid = lockName.replace(/\.lock$/, "");
  await endOrphans({ engineUids: [uid] }, clock);
  await removeFilesOfEngine(uid);
}

/** Processes that carry the marker of one of these engines. */
export function listMarked(engineUids: readonly string[]): number[] {
  return engineUids.length === 0 ? [] : findMarked(new Set(engineUids.map((uid) => `LOCKSTEP_ENGINE=${uid}`)));
}

function findMarked(wanted: ReadonlySet<string>): number[] {
  return process.platform === "linux" ? findInProc(wanted) : findInPs(wanted);
}

function findInProc(wanted: ReadonlySet<string>): number[] {
  const found: number[] = [];
  for (const name of readdirSync("/proc")) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    if (readEnvironment(pid).some((variable) => wanted.has(variable))) found.push(pid);
  }
  return found;
}

/** Empty for a zombie, a thread of the kernel, another user's process, and one that has just ended. */
function readEnvironment(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, "latin1").split("\0");
  } catch {
    return [];
  }
}

function findInPs(wanted: ReadonlySet<string>): number[] {
  const lines = execFileSync("ps", ["-axEww", "-o", "pid=,command="], { encoding: "utf8", maxBuffer: 2 ** 28 }).split(
    "\n",
  );
  return lines.flatMap((line) => {
    const [pid, ...words] = line.trim().split(" ");
    return Number(pid) !== process.pid && words.some((word) => wanted.has(word)) ? [Number(pid)] : [];
  });
}

function signal(pid: number): boolean {
  try {
    process.kill(pid, "SIGKILL");
    return true;
  } catch {
    return false; // it has ended by itself
  }
}
