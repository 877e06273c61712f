import type { AgentVerdict, ChildWorkflow, PreparedQuestion } from "./outcome.ts";
import type { TaskNode } from "./task-node.ts";

/** What a transaction that parks tasks has to write beside their rows. */

/** A checkpoint to be opened by the transaction that parks the run. */
export type Question =
  | { readonly kind: "layer"; readonly layer: number }
  | {
      readonly kind: "task";
      readonly node: TaskNode;
      readonly question: PreparedQuestion;
      /** What an agent has decided already; null: people are asked. */
      readonly verdict: AgentVerdict | null;
    };

/** A child workflow to be started by the transaction that parks its task. */
export interface ChildStart {
  readonly node: TaskNode;
  /** Checked by the child's schema. */
  readonly inputJson: string;
  readonly workflow: ChildWorkflow;
}
