import type { ErrorValue } from "./errors.ts";
import type { AttemptStatus } from "./task-status.ts";

/** How one attempt ended, as a plain value. JSON stays text: nobody between the runner and the next consumer parses it. */
export type Outcome =
  | ({ readonly kind: "succeeded" /** JSON text; null: no output. */; readonly output: string | null } & Traces)
  | ({
      readonly kind: "failed";
      readonly status: Extract<AttemptStatus, "failed" | "timed_out" | "crashed" | "unresponsive" | "canceled">;
      readonly error: ErrorValue;
      /** False: `retry` is not applied. */
      readonly retryable: boolean;
      /** What a server asked for (Retry-After). */
      readonly retryAfterMs?: number;
      readonly exitCode?: number;
      readonly signal?: string;
    } & Traces)
  /** Its condition was false. */
  | { readonly kind: "skipped" }
  /** A map's list: JSON texts of the instances' items in order, and names for people where there are any. */
  | { readonly kind: "expanded"; readonly items: readonly string[]; readonly labels: readonly string[] | null }
  /** A checkpoint asks before the body; all texts were prepared by the program. */
  | { readonly kind: "asks"; readonly question: PreparedQuestion; readonly verdict?: AgentVerdict }
  /** A run of another workflow is to be started; its input was checked. */
  | { readonly kind: "child"; readonly inputJson: string; readonly workflow: ChildWorkflow }
  /** Not its fault: its worker died with others, or the engine is stopping. Does not use up a try. */
  | { readonly kind: "interrupted"; readonly reason: string };

/** The workflow of a child run, as who holds its program describes it. */
export interface ChildWorkflow {
  readonly name: string;
  readonly definitionHash: string;
  /** Canonical. */
  readonly specJson: string;
  /** Absolute; absent: it is a part of its parent's file. */
  readonly file?: string;
  readonly exportName?: string;
  readonly codeHash?: string;
}

/** The reason of an interruption by an engine that stops in order: it does not count towards a crash loop. */
export const ENGINE_STOPPED = "the engine stopped";

/** What the `review` function of a checkpoint said; `pass` asks people. */
export interface AgentVerdict {
  readonly decision: "approve" | "reject" | "pass";
  readonly comment: string | null;
  /** Why it passes although it was to decide: what it threw. */
  readonly failure?: string;
}

export interface PreparedQuestion {
  readonly message: string;
  readonly risk: "low" | "medium" | "high";
  /** JSON of what is shown; null: nothing. */
  readonly showJson: string | null;
  /** JSON of what the task would be given: arguments, request, list or item; null: only its needs. */
  readonly resolvedJson: string | null;
  readonly timeoutMs: number | null;
  readonly onTimeout: "hold" | "approve" | "reject";
}

export interface Traces {
  readonly logBytes?: number;
  /** Bytes of the log that were cut out. */
  readonly logCut?: number;
  /** How long it ran, where it may have waited for a worker since it was claimed. */
  readonly ranMs?: number;
}
