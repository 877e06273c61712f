import type { CheckpointKind, CheckpointStatus, Choice } from "./checkpoint-status.ts";
import type { OnTimeout, Risk } from "./workflow-spec.ts";

/** A point where a person decides. `id` is what people write: `412.1`, or `ask-7` for a question without a run. */
export interface CheckpointView {
  readonly id: string;
  readonly run: number | null;
  readonly workflow: string | null;
  readonly kind: CheckpointKind;
  readonly layer: number | null;
  readonly task: string | null;
  /** Of a map's instance: its place in the list. */
  readonly index: number | null;
  readonly round: number;
  readonly message: string;
  readonly risk: Risk;
  readonly status: CheckpointStatus;
  readonly hash: string;
  readonly createdAt: number;
  readonly expiresAt: number | null;
  readonly onTimeout: OnTimeout;
  readonly decision: DecisionView | null;
}

export interface DecisionView {
  readonly decision: Choice;
  readonly reason: string | null;
  readonly comment: string | null;
  readonly by: string;
  readonly host: string | null;
  readonly at: number;
  readonly seenHash: string;
}
