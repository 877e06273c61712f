import type { RunStatus } from "../core/run-status.ts";

/** One run, whoever executes it. */
export interface RunHandle<Output = unknown> {
  /** Its number in the file, as text. */
  readonly id: string;
  status(): RunStatus;
  /**
   * Resolves with the result once the run has succeeded; a run that waits for a decision is waited for.
   * Rejects with `RunFailedError`, `RunCanceledError`, or `LockstepError`: `wait_timeout` after `timeout` (such as `30s`),
   * `engine_stopped` once this engine is closed, and what has ended it where it could not go on.
   */
  result(options?: { readonly timeout?: string; readonly signal?: AbortSignal }): Promise<Output>;
  cancel(reason?: string): void;
  pause(): void;
  resume(): void;
  /** Runs the failed part again, or `from` and all that follows it. */
  retry(options?: { readonly from?: string }): void;
}
