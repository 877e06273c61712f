import { mkdirSync, readdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { isFinalRun } from "../core/run-status.ts";
import { getLogsFolder } from "../platform/paths.ts";
import { findRunStatus } from "../views/run-record.ts";
import type { Database } from "./open-database.ts";

/**
 * After a restore: folders of logs of runs that the restored database does not know, or that go on in it, would mix with
 * the logs of what is run from now on. They move to a folder of their own; returns how many.
 */
export function setLogsAside({ store, path, isEngineAlive }: Database, stamp: string): number {
  const logs = getLogsFolder(path);
  const left = listRunFolders(logs).filter((run) => {
    const status = findRunStatus(store, run, isEngineAlive);
    return status === undefined || status === "interrupted" || !isFinalRun(status);
  });
  if (left.length === 0) return 0;
  const aside = `${logs}.before-restore-${stamp}`;
  mkdirSync(aside, { mode: 0o700 });
  for (const run of left) renameSync(join(logs, String(run)), join(aside, String(run)));
  return left.length;
}

/** The runs that have a folder of logs. */
function listRunFolders(logs: string): number[] {
  try {
    return readdirSync(logs)
      .filter((name) => /^[1-9]\d*$/.test(name))
      .map(Number);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
}
