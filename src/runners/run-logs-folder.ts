import { chmodSync, mkdirSync, statSync } from "node:fs";

/** Nobody but us gives the folder of all logs these: a group shares the database (store/logs-folder.ts). */
const SHARED_FOLDER = 0o2770;

/** Makes the folder of a run's logs, as open as the folder of all logs. Returns the mode of a file in it. */
export function createRunLogsFolder(path: string, logsDir: string): number {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  if ((statSync(logsDir).mode & SHARED_FOLDER) !== SHARED_FOLDER) return 0o600;
  try {
    chmodSync(path, SHARED_FOLDER);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EPERM")) throw error;
    // Another member made it, and has opened it.
  }
  return 0o660;
}
