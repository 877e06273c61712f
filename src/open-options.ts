import type { Workflow } from "./definition/workflow-builder.ts";

export interface OpenOptions {
  /** The database file; default: as the command line finds it. */
  readonly db?: string;
  /** Workflows whose runs this process takes up when they were queued or left by another one. */
  readonly workflows?: readonly Workflow<never, unknown>[];
  /** False: only reads, decides and submits; another process executes. */
  readonly execute?: boolean;
  /** `normal` is quicker and may lose the last moments before a power cut. Default: `full`. */
  readonly sync?: "full" | "normal";
}
