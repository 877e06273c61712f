import { parseDuration } from "../core/duration.ts";
import { ConflictError, LockstepError, RunCanceledError, RunFailedError } from "../core/errors.ts";
import type { Clock } from "../core/ports.ts";
import type { RunState } from "../core/run-state.ts";
import { isFinalRun, type RunStatus } from "../core/run-status.ts";
import type { Engine } from "../engine/engine.ts";
import type { RunListener } from "../engine/owned-runs.ts";
import type { RunControl } from "../engine/run-control.ts";
import { keepAlive } from "../platform/keep-alive.ts";
import type { Store } from "../store/open-store.ts";
import { retryBusyNow } from "../store/retry-busy.ts";
import { readRunFailure, readRunResult } from "./run-end.ts";
import type { RunHandle } from "./run-handle.ts";

export interface RunHandleParts {
  readonly store: Store;
  readonly engine: Engine;
  readonly control: RunControl;
  readonly clock: Clock;
  /** @throws {LockstepError} `engine_stopped` where the file is closed. */
  readonly refuseClosed: () => void;
}

export function createRunHandle<Output>(parts: RunHandleParts, runId: number): RunHandle<Output> {
  const { store, engine, control, refuseClosed } = parts;
  const getStatus = (): RunStatus => {
    refuseClosed();
    return control.getStatus(runId);
  };
  const change = (work: () => void): void => {
    refuseClosed();
    retryBusyNow(() => store.transaction(work));
    engine.noteRequests();
  };
  return {
    id: String(runId),
    status: getStatus,
    result: async (options = {}) => (await awaitEnd(parts, runId, options)) as Output,
    cancel: (reason) => change(() => control.cancel(runId, reason ?? null)),
    pause: () => change(() => control.pause(runId)),
    resume: () => change(() => control.resume(runId)),
    retry: (options = {}) => change(() => control.retry(runId, options.from ?? null)),
  };
}

type AwaitOptions = { readonly timeout?: string; readonly signal?: AbortSignal };

/** The result of a run that succeeds, once it has. @throws what `handle.result()` throws */
export async function awaitEnd(parts: RunHandleParts, runId: number, options: AwaitOptions = {}): Promise<unknown> {
  parts.refuseClosed();
  const { status, state } = await awaitFinal(parts, runId, options);
  if (status === "succeeded") return readRunResult(parts.store, parts.engine.plans, runId, state);
  const { message, task, cause } = readRunFailure(parts.store, runId);
  if (status === "canceled") throw new RunCanceledError(String(runId), message);
  throw new RunFailedError(String(runId), task, message, { cause });
}

interface Final {
  readonly status: RunStatus;
  readonly state: RunState | undefined;
}

function awaitFinal(parts: RunHandleParts, runId: number, options: AwaitOptions): Promise<Final> {
  const { engine, control, clock } = parts;
  const timeoutMs = options.timeout === undefined ? undefined : parseDuration(options.timeout);
  const now = engine.owns(runId) ? "running" : control.getStatus(runId);
  if (isFinalRun(now)) return Promise.resolve({ status: now, state: undefined });
  const { promise, resolve, reject } = Promise.withResolvers<Final>();
  const tell: RunListener = (status, state) => {
    if (isFinalRun(status)) resolve({ status, state });
  };
  const unwatch = engine.watch(runId, tell, reject);
  const giveUp = (): void => reject(createTimeoutError(runId, options.timeout ?? ""));
  const cancelTimeout = timeoutMs === undefined ? () => {} : clock.schedule(timeoutMs, giveUp);
  const onAbort = (): void => reject(createAbortError(options.signal));
  options.signal?.addEventListener("abort", onAbort);
  const letGo = keepAlive(); // the engine itself does so only while it executes something
  if (options.signal?.aborted) onAbort();
  return promise.finally(() => {
    unwatch();
    letGo();
    cancelTimeout();
    options.signal?.removeEventListener("abort", onAbort);
  });
}

function createTimeoutError(runId: number, timeout: string): LockstepError {
  return new LockstepError("wait_timeout", `Run #${runId} has not ended within ${timeout}. It goes on.`);
}

function createAbortError(signal: AbortSignal | undefined): Error {
  const reason: unknown = signal?.reason;
  return reason instanceof Error ? reason : new ConflictError("Waiting was aborted.");
}
