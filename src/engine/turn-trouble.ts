import { DatabaseError } from "../core/errors.ts";
import { RunLostError } from "../store/run-writes.ts";

/** What the loop does about a transaction that threw (engine.md 5). */
export type Trouble =
  /** Another writer was faster: try again in a few milliseconds. */
  | { readonly kind: "busy" }
  /** The disk is full: stop claiming, try outcomes one by one, with pauses. */
  | { readonly kind: "full"; readonly error: Error }
  /** Another engine has taken a run over: drop it and go on. */
  | { readonly kind: "lost"; readonly runId: number }
  /** Whether it was committed is unknown: close, and never try again on this connection. */
  | { readonly kind: "fatal"; readonly error: Error }
  /** Something of one outcome is wrong: each alone, and the bad one fails its run. */
  | { readonly kind: "bad"; readonly error: Error };

/** Something of ours is wrong with this run: it alone fails. */
export class BadRunError extends Error {
  readonly runId: number;

  constructor(runId: number, cause: Error) {
    super(cause.message, { cause });
    this.runId = runId;
  }
}

/** Does a part of a turn that is about one run, and says which, should it fail. */
export function blameRun<T>(runId: number, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw toBlame(runId, error);
  }
}

/** The error that says whose it is; one of the database itself is nobody's, and one that was blamed stays blamed. */
export function toBlame(runId: number, error: unknown): unknown {
  const isOurs = error instanceof Error && !(error instanceof DatabaseError || error instanceof BadRunError);
  return isOurs ? new BadRunError(runId, error) : error;
}

export function judgeTrouble(thrown: unknown): Trouble {
  if (thrown instanceof RunLostError) return { kind: "lost", runId: thrown.runId };
  if (thrown instanceof DatabaseError) {
    if (thrown.code === "database_locked") return { kind: "busy" };
    if (thrown.code === "database_full") return { kind: "full", error: thrown };
    return { kind: "fatal", error: thrown };
  }
  return { kind: "bad", error: thrown instanceof Error ? thrown : new Error(String(thrown)) };
}

/** True for what says no to one request, and has nothing to do with the database. */
export function isRefusal(error: unknown): boolean {
  return error instanceof Error && "exitCode" in error && error.exitCode !== 5;
}
