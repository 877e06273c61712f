import type { Decision } from "../core/decision.ts";
import type { DatabaseError } from "../core/errors.ts";
import type { LogLine } from "../core/log-line.ts";
import type { Clock } from "../core/ports.ts";
import type { EvaluateReturns } from "../core/run-result.ts";
import type { ScheduleView } from "../views/list-schedules.ts";
import type { ReadStore } from "../views/once-per-store.ts";
import type { IsEngineAlive } from "../views/run-record.ts";

/** All that the terminal UI is given of the world. The command line makes it; tests make another one. */
export interface UiPorts {
  readonly store: UiStore;
  readonly clock: Clock;
  readonly isEngineAlive: IsEngineAlive;
  readonly evaluateReturns: EvaluateReturns;
  /** The database's file, as people are shown it. */
  readonly shownPath: string;
  readonly host: string;
  readonly user: string;
  /** False: the locale has no UTF-8, so all is drawn in ASCII. */
  readonly isUnicode: boolean;
  /** Why nothing can be decided here; null: it can. */
  readonly readOnlyReason: string | null;
  readonly logs: LogSource;
  /** Decides as the person who sits here. Rejects with a LockstepError where it is refused. */
  decide(request: UiDecision): Promise<void>;
  /** Takes a decision back while no engine has acted on it; returns the number of the round that is open again. */
  undo(gate: GateName): Promise<number>;
  /** What is wrong with the file for good, since it was opened; undefined: nothing. Looked at often, so it is cheap. */
  findFault(): DatabaseError | undefined;
  readonly schedules: ScheduleActions;
  /** Does something with a run, and says in a sentence what became of it. */
  control(action: RunAction, run: number, from?: string): Promise<string>;
  /** Calls back whenever the terminal may have another size, until the function that is returned is called. */
  readonly onResize: (callback: () => void) => () => void;
  /** Puts a text on the clipboard of the terminal (OSC 52), also over SSH. */
  copy(text: string): void;
  /** Hands a sanitized text to `$PAGER` and resolves when that has ended. */
  page(text: string): Promise<void>;
}

export interface UiStore extends ReadStore {
  dataVersion(): number;
}

export interface GateName {
  /** Null: a question without a run. */
  readonly run: number | null;
  readonly number: number;
}

export interface UiDecision extends GateName {
  readonly seenHash: string;
  readonly decision: Decision;
}

export type RunAction = "cancel" | "pause" | "resume" | "retry";

type NamedSchedule = Pick<ScheduleView, "id" | "name" | "workflow" | "zone">;

/** Each says in a sentence what became of it, and rejects with a LockstepError where it is refused. */
export interface ScheduleActions {
  /** `until`: a date in the schedule's zone, or a duration from now; empty: until it is resumed. */
  pause(schedule: NamedSchedule, until: string): Promise<string>;
  resume(schedule: NamedSchedule): Promise<string>;
  trigger(schedule: NamedSchedule): Promise<{ readonly run: number; readonly text: string }>;
  /** Of slots of the past that never had a run; `isDry`: only counts them. */
  backfill(
    schedule: NamedSchedule,
    request: { readonly from: string; readonly to: string; readonly isDry: boolean },
  ): Promise<{ readonly count: number; readonly text: string }>;
}

/** The log of one attempt. */
export interface LogReference {
  readonly path: string;
  readonly task: string;
  readonly index: number | null;
  readonly generation: number;
  readonly attempt: number;
}

/** A line and where its bytes lie in the file. */
export interface PlacedLogLine extends LogLine {
  readonly from: number;
  readonly until: number;
}

/** Logs are read by pages, never whole. */
export interface LogSource {
  list(run: number, task: string, index: number | null): LogReference[];
  /** Bytes that it has now. */
  measure(log: LogReference): number;
  /** The last whole lines that end at `until` or before, at most `linesMax`. */
  readBefore(log: LogReference, until: number, linesMax: number): PlacedLogLine[];
  /** The first whole lines from `from` on, at most `linesMax`. */
  readAfter(log: LogReference, from: number, linesMax: number): PlacedLogLine[];
}
