import { InvalidInputError, NotFoundError } from "./core/errors.ts";
import { serializeOutput } from "./core/json-value.ts";
import { INPUT_BYTES_MAX } from "./core/limits.ts";
import type { Workflow } from "./definition/workflow-builder.ts";
import type { Engine } from "./engine/engine.ts";
import type { RunControl } from "./engine/run-control.ts";
import type { Submission } from "./engine/submission.ts";
import { type EventView, type FollowOptions, followEvents } from "./follow-events.ts";
import type { ProgramShelf } from "./program-shelf.ts";
import { createRunHandle, type RunHandle } from "./run-handle.ts";
import type { Store } from "./store/open-store.ts";

export interface StartOptions {
  /** The same key with the same input is the same run; with another input: `KeyConflictError`. */
  readonly key?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly maxConcurrent?: number;
  /** A person reviews each layer but the last. */
  readonly review?: boolean;
}

/** The engine inside a program. It installs no signal handlers, never exits, never prints. */
export interface Lockstep extends AsyncDisposable {
  /** Starts a run and resolves with its result. An abort of `signal` cancels the run. Rejects with `RunFailedError` or `RunCanceledError`. */
  run<I, O>(workflow: Workflow<I, O>, input: I, options?: StartOptions & { readonly signal?: AbortSignal }): Promise<O>;
  /** Returns once the run is committed. The schema of the input has to be synchronous. */
  start<I, O>(workflow: Workflow<I, O>, input: I, options?: StartOptions): RunHandle<O>;
  /** A run of this file, by its number. Throws `NotFoundError`. */
  handle<O = unknown>(run: string): RunHandle<O>;
  /** What happens, in order, from `after` on; each event has a `seq`: continue there. Ends with the abort of `signal`, or `close`. */
  events(options?: FollowOptions): AsyncIterable<EventView>;
  /** Ends what runs within its grace and gives it back; nothing is lost. Twice does no harm. */
  close(): Promise<void>;
}

export interface LockstepParts {
  readonly store: Store;
  readonly engine: Engine;
  readonly control: RunControl;
  readonly shelf: ProgramShelf;
  readonly cwd: string;
  close(): Promise<void>;
}

export function createLockstep(parts: LockstepParts): Lockstep {
  const { engine, shelf, store, control } = parts;
  const closing = new AbortController();
  const close = async (): Promise<void> => {
    closing.abort();
    await parts.close();
  };
  const submissionOf = (workflow: Workflow<never, unknown>, input: unknown, options: StartOptions): Submission => ({
    definition: shelf.keep(workflow).definition,
    inputJson: serializeInput(input),
    mode: "detached",
    cwd: parts.cwd,
    ...options,
  });
  return {
    async run(workflow, input, options = {}) {
      const { signal, ...rest } = options;
      const { program } = shelf.keep(workflow);
      const runId = await engine.submit(submissionOf(workflow, await program.parseInput(input), rest));
      const handle = createRunHandle<never>(parts, runId);
      return await cancelOnAbort(handle, signal);
    },
    start(workflow, input, options = {}) {
      const { program } = shelf.keep(workflow);
      const parsed = refusePromise(program.parseInput(input));
      return createRunHandle(parts, engine.submitNow(submissionOf(workflow, parsed, options)));
    },
    handle(run) {
      const id = Number(run);
      if (!Number.isSafeInteger(id)) throw new NotFoundError(`No run "${run}": expected a number, as in handle.id.`);
      control.getStatus(id);
      return createRunHandle(parts, id);
    },
    events: (options = {}) => followEvents(store, engine, options, closing.signal),
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function cancelOnAbort<O>(handle: RunHandle<O>, signal: AbortSignal | undefined): Promise<O> {
  if (signal === undefined) return await handle.result();
  const onAbort = (): void => handle.cancel("aborted");
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    return await handle.result();
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

function refusePromise(parsed: unknown): unknown {
  if (!(parsed instanceof Promise)) return parsed;
  parsed.catch(() => {});
  throw new InvalidInputError("start() needs a schema that validates synchronously. Use: await lockstep.run(…)");
}

/** @throws {LockstepError} where JSON cannot hold it; {InvalidInputError} where it is larger than 1 MiB. */
function serializeInput(input: unknown): string {
  const json = serializeOutput(input, "input") ?? "null";
  if (Buffer.byteLength(json) <= INPUT_BYTES_MAX) return json;
  throw new InvalidInputError("The input is larger than 1 MiB. Write the data to a file and give its path.");
}
