import { ConflictError, InvalidInputError, LockstepError } from "../core/errors.ts";
import { INPUT_BYTES_MAX } from "../core/limits.ts";
import type { Clock, NewUid } from "../core/ports.ts";
import { isFinalRun } from "../core/run-status.ts";
import type { Engine } from "../engine/engine.ts";
import type { RunControl } from "../engine/run-control.ts";
import type { Submission } from "../engine/submission.ts";
import type { Store } from "../store/open-store.ts";
import { readRunId } from "./check-options.ts";
import { createDecisions } from "./create-decisions.ts";
import { awaitEnd, createRunHandle } from "./create-run-handle.ts";
import { followEvents } from "./follow-events.ts";
import type { Lockstep, StartOptions } from "./lockstep.ts";
import type { ProgramShelf, Shelved } from "./program-shelf.ts";
import type { RunHandle } from "./run-handle.ts";
import { serializeGiven } from "./serialize-given.ts";
import { readStartOptions } from "./start-options.ts";
import type { Work } from "./work.ts";

export interface LockstepParts {
  readonly newUid: NewUid;
  readonly store: Store;
  readonly engine: Engine;
  readonly control: RunControl;
  readonly shelf: ProgramShelf;
  readonly clock: Clock;
  readonly cwd: string;
  readonly work: Work;
  /** Starts a run, or only queues it where this process does not execute; resolves with its number once it is committed. */
  submit(submission: Submission): Promise<number>;
  submitNow(submission: Submission): number;
  close(): Promise<void>;
}

export function createLockstep(opened: LockstepParts): Lockstep {
  const { engine, shelf, store, control } = opened;
  const closing = new AbortController();
  let isClosed = false;
  const refuseClosed = (): void => {
    if (isClosed) throw createClosedError();
  };
  const parts = { ...opened, refuseClosed };
  const close = async (): Promise<void> => {
    closing.abort();
    await parts.work.awaitRest();
    try {
      await parts.close();
    } finally {
      isClosed = true;
    }
  };
  const submissionOf = ({ definition }: Shelved, input: unknown, options: StartOptions) => ({
    uid: parts.newUid(),
    definition,
    inputJson: serializeInput(input),
    mode: "detached" as const,
    cwd: parts.cwd,
    ...readStartOptions(options),
  });
  return {
    async run(workflow, input, options = {}) {
      refuseClosed();
      const { signal, ...rest } = options;
      const shelved = shelf.keep(workflow);
      const { program } = shelved;
      const submission = submissionOf(shelved, await program.parseInput(input), rest);
      shelf.bindRun(submission.uid, program);
      try {
        const runId = await parts.submit(submission);
        if (signal === undefined) return (await awaitEnd(parts, runId)) as never;
        return await cancelOnAbort(createRunHandle<never>(parts, runId), signal);
      } finally {
        shelf.releaseRun(submission.uid);
      }
    },
    start(workflow, input, options = {}) {
      refuseClosed();
      const shelved = shelf.keep(workflow);
      const { program } = shelved;
      const parsed = refusePromise(program.parseInput(input));
      const submission = submissionOf(shelved, parsed, options);
      shelf.bindRun(submission.uid, program);
      try {
        const runId = parts.submitNow(submission);
        shelf.leaveRun(submission.uid, runId, (id) => isFinalRun(control.getStatus(id)));
        return createRunHandle(parts, runId);
      } catch (error) {
        shelf.releaseRun(submission.uid);
        throw error;
      }
    },
    handle(run) {
      const id = readRunId(run);
      refuseClosed();
      control.getStatus(id);
      return createRunHandle(parts, id);
    },
    ...createDecisions(parts, closing.signal),
    events: (options = {}) => followEvents(store, engine, options, closing.signal),
    async work({ signal } = {}) {
      refuseClosed();
      await parts.work.run(signal === undefined ? [closing.signal] : [closing.signal, signal]);
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function createClosedError(): LockstepError {
  return new LockstepError(
    "engine_stopped",
    "This engine is closed: nothing was done. Open the file again: await open(…)",
  );
}

async function cancelOnAbort<O>(handle: RunHandle<O>, signal: AbortSignal): Promise<O> {
  const failing = Promise.withResolvers<never>();
  const onAbort = (): void => {
    try {
      handle.cancel("aborted");
    } catch (error) {
      // A run that has ended meanwhile says so itself.
      if (!(error instanceof ConflictError)) failing.reject(error);
    }
  };
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    return await Promise.race([handle.result(), failing.promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

function refusePromise(parsed: unknown): unknown {
  if (!(parsed instanceof Promise)) return parsed;
  parsed.catch(() => {});
  throw new InvalidInputError("start() needs a schema that validates synchronously. Use: await lockstep.run(…)");
}

/** @throws {InvalidInputError} where JSON cannot hold it, or it is larger than 1 MiB. */
function serializeInput(input: unknown): string {
  const json = serializeGiven(input, "input") ?? "null";
  if (Buffer.byteLength(json) <= INPUT_BYTES_MAX) return json;
  throw new InvalidInputError("The input is larger than 1 MiB. Write the data to a file and give its path.");
}
