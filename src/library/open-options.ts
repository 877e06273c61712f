import type { Workflow } from "../definition/workflow-builder.ts";
import type { ResourceOptions } from "../definition/workflow-options.ts";

export interface OpenOptions {
  /** The database file; default: as the command line finds it. */
  readonly db?: string;
  /** Workflows whose runs this process takes up when they were queued or left by another one. */
  readonly workflows?: readonly Workflow<never, unknown>[];
  /** False: only reads, decides and submits; another process executes. */
  readonly execute?: boolean;
  /** What all runs of the file share, as `resources` of lockstep.config.yaml: workflows only add names to it. */
  readonly resources?: Readonly<Record<string, ResourceOptions>>;
  /** Tasks at once, over all runs of the file. */
  readonly maxConcurrent?: number;
  /**
   * Names the code that this program runs, such as its commit. Decisions are bound to it: what was approved under another
   * one is asked again. Left out: the texts of the workflow's functions stand for their code, and what they import is not seen.
   */
  readonly codeVersion?: string;
  /** `normal` is quicker and may lose the last moments before a power cut. Default: `full`. */
  readonly sync?: "full" | "normal";
}
