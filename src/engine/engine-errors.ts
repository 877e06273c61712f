import { EXIT, LockstepError } from "../core/errors.ts";

/** What an engine that stops says to those who want something of it. */
export function createStoppedError(): LockstepError {
  return new LockstepError("engine_stopped", "The engine is stopping: it starts nothing new.");
}

/** Two engines on one run would be worse than none. */
export function createLockLostError(): LockstepError {
  return new LockstepError(
    "engine_lock_lost",
    "The lock file of this engine was removed or replaced, perhaps with the folder of its database: others take it for dead, so it has stopped. Expected nobody to touch engines/ beside the database. Look whether the database is still there, then: lockstep resume --all",
    { exitCode: EXIT.databaseUnusable },
  );
}
