import type { Workflow } from "./definition/workflow-builder.ts";
import type { ResourceOptions } from "./definition/workflow-options.ts";

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
  /** `normal` is quicker and may lose the last moments before a power cut. Default: `full`. */
  readonly sync?: "full" | "normal";
}
