import { statfsSync, statSync } from "node:fs";
import { dirname } from "node:path";

export interface DatabaseSize {
  readonly path: string;
  readonly bytes: number;
  readonly walBytes: number;
  /** What its disk has left for this user. */
  readonly freeBytes: number;
}

/** Looks at the files without opening them: that would drop the locks of whoever has them open here. */
export function readDatabaseSize(path: string): DatabaseSize {
  const { bavail, bsize } = statfsSync(dirname(path));
  return { path, bytes: readSize(path), walBytes: readSize(`${path}-wal`), freeBytes: bavail * bsize };
}

function readSize(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

const UNITS = ["bytes", "KiB", "MiB", "GiB", "TiB"] as const;

/** `512 bytes`, `4.0 MiB`. */
export function formatBytes(bytes: number): string {
  let size = bytes;
  let unit = 0;
  for (; size >= 1_024 && unit < UNITS.length - 1; unit++) size /= 1_024;
  return `${unit === 0 ? size : size.toFixed(1)} ${UNITS[unit]}`;
}
