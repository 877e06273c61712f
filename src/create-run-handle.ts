import { parseDuration } from "./core/duration.ts";
import { ConflictError, LockstepError, RunCanceledError, RunFailedError } from "./core/errors.ts";
import { isFinalRun, type RunStatus } from "./core/run-status.ts";
import type { Engine } from "./engine/engine.ts";
import type { RunControl } from "./engine/run-control.ts";
import { readRunEnd } from "./run-end.ts";
import type { RunHandle } from "./run-handle.ts";
import type { Store } from "./store/open-store.ts";
import { retryBusyNow } from "./store/retry-busy.ts";

export interface RunHandleParts {
  readonly store: Store;
  readonly engine: Engine;
  readonly control: RunControl;
}

export function createRunHandle<Output>(parts: RunHandleParts, runId: number): RunHandle<Output> {
  const { store, engine, control } = parts;
  const getStatus = (): RunStatus => control.getStatus(runId);
  const change = (work: () => void): void => {
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

async function awaitEnd(parts: RunHandleParts, runId: number, options: AwaitOptions): Promise<unknown> {
  const status = await awaitFinal(parts, runId, options);
  const end = readRunEnd(parts.store, parts.engine.plans, runId);
  if (status === "succeeded") return end.result;
  if (status === "canceled") throw new RunCanceledError(String(runId), end.message);
  throw new RunFailedError(String(runId), end.task, end.message, { cause: end.cause });
}

function awaitFinal({ engine, control }: RunHandleParts, runId: number, options: AwaitOptions): Promise<RunStatus> {
  const now = engine.owns(runId) ? "running" : control.getStatus(runId);
  if (isFinalRun(now)) return Promise.resolve(now);
  const { promise, resolve, reject } = Promise.withResolvers<RunStatus>();
  const tell = (status: RunStatus): void => {
    if (isFinalRun(status)) resolve(status);
  };
  const unwatch = engine.watch(runId, tell, reject);
  const timer =
    options.timeout === undefined
      ? undefined
      : setTimeout(() => reject(createTimeoutError(runId, options.timeout as string)), parseDuration(options.timeout));
  const onAbort = (): void => reject(createAbortError(options.signal));
  options.signal?.addEventListener("abort", onAbort);
  if (options.signal?.aborted) onAbort();
  return promise.finally(() => {
    unwatch();
    clearTimeout(timer);
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
