import type { ChildProcess } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import Database from "better-sqlite3";

/** A process takes the signal before this time is over. */
const STOPPED_MS = 20;
const TRIES = 100;

/** SIGSTOP, but not in the middle of a transaction: whoever is stopped there keeps everybody else from writing. */
export async function suspendBetweenTransactions(child: ChildProcess, database: string): Promise<void> {
  for (let tries = 0; tries < TRIES; tries++) {
    child.kill("SIGSTOP");
    await sleep(STOPPED_MS);
    if (isWritable(database)) return;
    child.kill("SIGCONT");
    await sleep(1 + (tries % 7));
  }
  throw new Error(`process ${child.pid} was in a transaction each of ${TRIES} times that it was stopped`);
}

function isWritable(database: string): boolean {
  const db = new Database(database, { timeout: 0 });
  try {
    db.exec("BEGIN IMMEDIATE; ROLLBACK");
    return true;
  } catch (error) {
    if ((error as { code?: string }).code === "SQLITE_BUSY") return false;
    throw error;
  } finally {
    db.close();
  }
}
