import { basename } from "node:path";
import { DatabaseError, EXIT, LockstepError } from "../core/errors.ts";
import type { EngineLock } from "../core/ports.ts";
import type { Store } from "../store/open-store.ts";

/** What an engine that stops says to those who want something of it. */
export function createStoppedError(): LockstepError {
  return new LockstepError("engine_stopped", "The engine is stopping: it starts nothing new.");
}

/** Throws why an engine may not go on: its lock file or its database was taken from it. */
export function assertInPlace(lock: EngineLock | undefined, store: Store): void {
  if (lock?.isIntact() === false) throw createLockLostError();
  if (!store.isInPlace()) throw createDatabaseGoneError(store.path);
}

/** Two engines on one run would be worse than none. */
function createLockLostError(): LockstepError {
  return new LockstepError(
    "engine_lock_lost",
    "The lock file of this engine was removed or replaced, perhaps with the folder of its database: others take it for dead, so it has stopped. Expected nobody to touch engines/ beside the database. Look whether the database is still there, then: lockstep resume --all",
    { exitCode: EXIT.databaseUnusable },
  );
}

/** What it records now goes to a file without a name, and a new one in its place would run the same schedules. */
function createDatabaseGoneError(path: string): DatabaseError {
  const name = basename(path);
  return new DatabaseError(
    "database_replaced",
    `${name} was removed, renamed or replaced while this engine used it: nobody would see what it records, so it has stopped. Put the file back beside its ${name}-wal, or a backup: lockstep restore FILE. Then: lockstep resume --all (${path})`,
  );
}
