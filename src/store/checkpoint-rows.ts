import type { Store } from "./open-store.ts";

/** `checkpoint` and `decision`. */
export interface CheckpointRows {
  /** The layer whose review is open, or decided and not yet applied; -1: none. */
  findReviewLayer(runId: number): number;
}

export function createCheckpointRows({ sqlite }: Store): CheckpointRows {
  const reviewLayer = sqlite
    .prepare<[number], number>(
      `SELECT layer FROM checkpoint WHERE run_id = ? AND kind = 'layer'
       AND status <> 'applied' AND status <> 'superseded' AND status <> 'void' ORDER BY number DESC LIMIT 1`,
    )
    .pluck();
  return { findReviewLayer: (runId) => reviewLayer.get(runId) ?? -1 };
}
