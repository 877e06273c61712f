import { readdirSync, readFileSync } from "node:fs";
import { isAlive } from "./wait-until.ts";

/** Pids of living processes that have the folder as their home: an engine, its workers, its reaper, and its commands. */
export function listProcessesOfHome(folder: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => hasHome(pid, folder) && isAlive(pid));
}

function hasHome(pid: number, folder: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8").split("\0").includes(`HOME=${folder}`);
  } catch {
    return false; // it has ended meanwhile, or is another user's
  }
}
