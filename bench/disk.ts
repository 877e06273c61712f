/** Where the measured databases lie: a folder of their own on a real disk, since an fsync costs nothing in memory. */
import { mkdtempSync, rmSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** `f_type` of statfs(2) for file systems that live in memory. */
const IN_MEMORY = new Map([
  [0x01021994, "tmpfs"],
  [0x858458f6, "ramfs"],
]);

const CANDIDATES = [tmpdir(), "/var/tmp", join(import.meta.dirname, "..")];

export interface Disk {
  readonly folder: string;
  /** `f_type` of statfs(2), in hex. */
  readonly type: string;
}

/** Makes an empty folder on the first candidate that is not in memory; `remove` takes it away again. */
export function makeFolderOnDisk(): Disk & { remove(): void } {
  for (const candidate of CANDIDATES) {
    const { type } = statfsSync(candidate);
    if (IN_MEMORY.has(type)) continue;
    const folder = mkdtempSync(join(candidate, "lockstep-bench-"));
    return {
      folder,
      type: `0x${type.toString(16)}`,
      remove: () => rmSync(folder, { recursive: true, force: true }),
    };
  }
  throw new Error(`expected a folder on a disk, found only file systems in memory: ${CANDIDATES.join(", ")}`);
}

/** An empty folder inside, for one database. */
export function makeFolderIn(disk: Disk): string {
  return mkdtempSync(join(disk.folder, "db-"));
}
