import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** A process that has a file open. */
export interface Opener {
  readonly pid: number;
  /** Its command line, as far as it may be read. */
  readonly command: string;
}

/**
 * Other processes that have this file open, of those that this user may look into; by /proc, so that nothing is opened
 * here. Empty on other systems than Linux.
 */
export function listOpeners(path: string): Opener[] {
  if (process.platform !== "linux") return [];
  return readNames("/proc")
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && pid !== process.pid)
    .filter((pid) => readNames(`/proc/${pid}/fd`).some((fd) => isLinkTo(`/proc/${pid}/fd/${fd}`, path)))
    .map((pid) => ({ pid, command: readCommand(pid) }));
}

/** Empty for what has just ended, and for what belongs to others. */
function readNames(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function isLinkTo(link: string, path: string): boolean {
  try {
    return readlinkSync(link) === path;
  } catch {
    return false;
  }
}

function readCommand(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").join(" ").trim();
  } catch {
    return "";
  }
}
