import { readdirSync, readFileSync } from "node:fs";
import { isAlive } from "./wait-until.ts";

/** Pids of processes that have the folder as their home: an engine, its workers, its reaper and its commands. */
export function listProcessesOf(home: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, "utf8").split("\0").includes(`HOME=${home}`) && isAlive(pid);
      } catch {
        return false; // it has ended meanwhile, or is another user's
      }
    });
}
