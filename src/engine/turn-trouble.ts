import { DatabaseError } from "../core/errors.ts";
import { RunLostError } from "../store/run-writes.ts";

/** What the loop does about a transaction that threw (engine.md 5). */
export type Trouble =
  /** Another writer was faster: try again in a few milliseconds. */
  | { readonly kind: "busy" }
  /** The disk is full: stop claiming, try outcomes one by one, with pauses. */
  | { readonly kind: "full" }
  /** Another engine has taken a run over: drop it and go on. */
  | { readonly kind: "lost"; readonly runId: number }
  /** Whether it was committed is unknown: close, and never try again on this connection. */
  | { readonly kind: "fatal"; readonly error: Error }
  /** Something of one outcome is wrong: each alone, and the bad one fails its run. */
  | { readonly kind: "bad"; readonly error: Error };

export function judgeTrouble(thrown: unknown): Trouble {
  if (thrown instanceof RunLostError) return { kind: "lost", runId: thrown.runId };
  if (thrown instanceof DatabaseError) {
    if (thrown.code === "database_locked") return { kind: "busy" };
    if (thrown.code === "database_full") return { kind: "full" };
    return { kind: "fatal", error: thrown };
  }
  return { kind: "bad", error: thrown instanceof Error ? thrown : new Error(String(thrown)) };
}

/** How long to wait before the n-th try (n from 1) on a full disk. */
export function getFullBackoffMs(tries: number): number {
  return Math.min(30_000, 1_000 * 2 ** (tries - 1));
}

/** After so long a full disk ends the engine. */
export const FULL_PATIENCE_MS = 5 * 60_000;
