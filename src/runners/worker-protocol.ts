import type { ErrorValue } from "../core/errors.ts";
import type { ConfigSource } from "../definition/config/config.ts";
import type { ModuleDescription, WorkflowModule } from "./describe-module.ts";
import type { Answer, OutputQuestion, ProgramOutcome, ResultQuestion } from "./program-host.ts";
import type { Shared, WireAssignment } from "./wire-assignment.ts";

/**
 * What an engine and its worker processes say to each other: JSON over the IPC channel, one envelope per turn of the
 * event loop each way.
 */
export interface ToWorker {
  /** The engine's instant: between two envelopes the worker counts on from it, so that it needs no clock of its own. */
  readonly at: number;
  /** What the `run` orders among them refer to. */
  readonly shared: Shared;
  readonly messages: readonly WorkerOrder[];
}

export type WorkerOrder =
  /** The first, where there is a config: its `env` and `defaults` lie beneath those of every workflow. */
  | { readonly t: "configure"; readonly config: ConfigSource }
  /** Answered with `described`. */
  | {
      readonly t: "describe";
      readonly id: number;
      readonly file: string;
      readonly exportName: string | null | undefined;
    }
  /** Where the program of a definition is. Answered with `bound`. */
  | { readonly t: "bind"; readonly hash: string; readonly module: WorkflowModule; readonly workflow: string }
  /** Answered with `end`. */
  | { readonly t: "run"; readonly id: number; readonly assignment: WireAssignment }
  | { readonly t: "abort"; readonly id: number; readonly stop: boolean }
  /** All answered with `answer`. */
  | { readonly t: "parseInput"; readonly id: number; readonly hash: string; readonly json: string }
  | { readonly t: "parseOutput"; readonly id: number; readonly question: OutputQuestion }
  | { readonly t: "computeResult"; readonly id: number; readonly question: ResultQuestion }
  /** Answered with an empty envelope. */
  | { readonly t: "ping" };

export interface FromWorker {
  /** How many `run` orders were begun since the last envelope: the worker is not stuck in them. */
  readonly begun: number;
  readonly messages: readonly WorkerReport[];
}

export type WorkerReport =
  | { readonly t: "ready" }
  | { readonly t: "described"; readonly id: number; readonly result: DescribeResult }
  | { readonly t: "bound"; readonly hash: string; readonly exact: boolean }
  | { readonly t: "end"; readonly id: number; readonly outcome: ProgramOutcome }
  | { readonly t: "answer"; readonly id: number; readonly answer: Answer }
  /** The last word before it ends itself. */
  | { readonly t: "fatal"; readonly error: ErrorValue; readonly rejection: boolean };

export type DescribeResult =
  | { readonly ok: true; readonly description: ModuleDescription }
  | { readonly ok: false; readonly error: LoadErrorValue };

/** An error of loading: an `ErrorValue` with what a command shows of it. */
export type LoadErrorValue = ErrorValue & {
  readonly hint?: string;
  readonly exitCode: number;
  readonly place?: { readonly file: string; readonly line?: number; readonly column?: number };
};

/** The descriptor at which a worker has the pipe from its engine; nothing is ever written to it (worker-watchdog.ts). */
export const WATCHDOG_FD = 4;

/** Of which program an order asks something; "": of none. */
export function findProgram(order: WorkerOrder): { readonly hash: string; readonly workflow: string } {
  if (order.t === "parseInput") return { hash: order.hash, workflow: "" };
  if (order.t !== "computeResult" && order.t !== "parseOutput") return { hash: "", workflow: "" };
  return { hash: order.question.definitionHash, workflow: order.question.run.workflow };
}
