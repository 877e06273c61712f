import type { EventView } from "./core/event-view.ts";
import type { Workflow } from "./definition/workflow-builder.ts";
import type { RunHandle } from "./run-handle.ts";

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

export interface FollowOptions {
  /** Only events with a larger seq; default: all that the file has. */
  readonly after?: number;
  /** Such as `task.failed`; left out: all. */
  readonly types?: readonly string[];
  readonly signal?: AbortSignal;
}
