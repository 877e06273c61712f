import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Store } from "../store/open-store.ts";
import { createPruneSearch } from "../store/prune-search.ts";

/** Folders that are looked at between two turns of others. */
const FOLDERS_PER_TURN = 200;

export interface PruneLogsParts {
  readonly store: Store;
  readonly logsDir: string;
  readonly pause: () => Promise<void>;
}

/**
 * Removes the logs of runs that ended before an instant, and those that a prune has left whose rows are gone; with
 * `isDry`, only counts them. A folder of a number that no run has had yet stays.
 */
export async function pruneLogs(
  { store, logsDir, pause }: PruneLogsParts,
  beforeAt: number,
  isDry = false,
): Promise<{ folders: number; bytes: number }> {
  const { findEnd } = createPruneSearch(store);
  const total = { folders: 0, bytes: 0 };
  for (const [index, runId] of (await listRunFolders(logsDir)).entries()) {
    if (index % FOLDERS_PER_TURN === FOLDERS_PER_TURN - 1) await pause();
    const endedAt = findEnd(runId);
    if (endedAt === null || (endedAt !== undefined && endedAt >= beforeAt)) continue;
    total.folders += 1;
    total.bytes += await measureFolder(getRunLogs(logsDir, runId));
    if (!isDry) await removeRunLogs(logsDir, runId);
  }
  return total;
}

/** The logs of runs that the database has not, given numbers or not. */
export async function findLeftLogs(store: Store, logsDir: string): Promise<{ folders: number; bytes: number }> {
  const { hasRun } = createPruneSearch(store);
  const total = { folders: 0, bytes: 0 };
  for (const runId of await listRunFolders(logsDir)) {
    if (hasRun(runId)) continue;
    total.folders += 1;
    total.bytes += await measureFolder(getRunLogs(logsDir, runId));
  }
  return total;
}

/** What this user may not remove stays, for a prune of who may. */
export async function removeRunLogs(logsDir: string, runId: number): Promise<void> {
  await rm(getRunLogs(logsDir, runId), { recursive: true, force: true }).catch(ignoreOutOfReach);
}

function getRunLogs(logsDir: string, runId: number): string {
  return join(logsDir, String(runId));
}

/** The runs that have a folder of logs. */
async function listRunFolders(logsDir: string): Promise<number[]> {
  const names = await readdir(logsDir).catch(ignoreOutOfReach);
  return (names ?? []).filter((name) => /^[1-9]\d*$/.test(name)).map(Number);
}

async function measureFolder(folder: string): Promise<number> {
  let bytes = 0;
  for (const name of (await readdir(folder).catch(ignoreOutOfReach)) ?? []) {
    bytes += (await stat(join(folder, name)).catch(ignoreOutOfReach))?.size ?? 0;
  }
  return bytes;
}

/** Somebody else may remove it meanwhile; and logs of before a group was let in belong to who ran the task. */
const OUT_OF_REACH = new Set(["ENOENT", "ENOTDIR", "EACCES", "EPERM"]);

function ignoreOutOfReach(error: unknown): undefined {
  if (error instanceof Error && "code" in error && OUT_OF_REACH.has(String(error.code))) return;
  throw error;
}
