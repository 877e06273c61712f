import type { RunState } from "../core/run-state.ts";
import type { RunStatus } from "../core/run-status.ts";
import type { Rows } from "../store/rows.ts";
import type { Arrival, Dispatch, Dispatcher } from "./dispatcher.ts";
import type { EngineParts } from "./engine-parts.ts";
import type { OwnedRuns } from "./owned-runs.ts";
import type { PlanCache } from "./plan-cache.ts";
import type { ResourceDesk } from "./resource-desk.ts";
import type { Submission } from "./submission.ts";

/** What a turn needs of the engine. */
export interface TurnScope {
  readonly parts: EngineParts;
  readonly rows: Rows;
  readonly plans: PlanCache;
  readonly owned: OwnedRuns;
  readonly dispatcher: Dispatcher;
  readonly desk: ResourceDesk;
  readonly engineId: number;
  /** False while the engine stops or the disk is full: nothing new is claimed or taken up. */
  readonly mayClaim: boolean;
}

/** What one transaction takes in. */
export interface Batch {
  readonly submissions: readonly Pending<Submission>[];
  readonly takeUps: readonly Pending<number>[];
  readonly arrivals: readonly Arrival[];
  readonly due: readonly Due[];
  /** Others have written: look at what they want. */
  readonly hasRequests: boolean;
}

export interface Pending<T> {
  readonly value: T;
  resolve(runId: number): void;
  reject(error: unknown): void;
}

/** A timer has fired: of a retry, or (index `DEADLINE`) of a whole run. */
export interface Due {
  readonly runId: number;
  readonly index: number;
  readonly at: number;
}

/** In place of a task's index: the deadline of the run itself. */
export const DEADLINE = -1;

/** What is to be done once the transaction has committed; nothing of it before (L1). */
export interface TurnResult {
  readonly touched: ReadonlySet<RunState>;
  readonly claims: readonly Dispatch[];
  readonly answers: readonly (() => void)[];
  readonly before: ReadonlyMap<RunState, RunStatus>;
  readonly opensGates: boolean;
  /** False: the commit had nothing to write, so it says nothing of the disk. */
  readonly hasWritten: boolean;
}
