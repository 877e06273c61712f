import { toCanonicalJson } from "./canonical-json.ts";
import type { ActorKind, CheckpointStatus, Choice } from "./checkpoint-status.ts";

/** What a person or an agent decides. */
export type Decision =
  /** `only`: of a map, the items that run, counted from 0. `answers`: the form that the checkpoint has. */
  | { readonly decision: "approve"; readonly only?: readonly number[]; readonly answers?: unknown }
  | { readonly decision: "reject"; readonly reason: string }
  /** Of a reviewed layer: new outputs by task. Before a task: its resolved input, under its id. */
  | { readonly decision: "edit"; readonly values: Readonly<Record<string, unknown>> }
  /** Without `tasks`: the reviewed layer, or what the task needs. */
  | { readonly decision: "redo"; readonly tasks?: readonly string[]; readonly feedback: string };

/** Who decides. */
export interface Actor {
  readonly kind: Exclude<ActorKind, "timeout">;
  /** The user who logged in, or the agent's name. */
  readonly name: string;
  readonly effectiveUser?: string;
  readonly host?: string;
  readonly tty?: string;
}

/** The status that each choice gives to an open checkpoint. */
export const STATUS_OF_CHOICE = {
  approve: "approved",
  edit: "approved",
  reject: "rejected",
  redo: "sent_back",
} as const satisfies Record<Choice, CheckpointStatus>;

/** What of a decision is recorded beside its choice and reason. */
export interface DecisionPatch {
  readonly only?: readonly number[];
  readonly answers?: unknown;
  readonly values?: Readonly<Record<string, unknown>>;
  /** Of an edit of outputs: what they were. */
  readonly originals?: Readonly<Record<string, unknown>>;
  readonly tasks?: readonly string[];
  readonly feedback?: string;
}

export function toPatch(decision: Decision): DecisionPatch {
  switch (decision.decision) {
    case "approve":
      return {
        ...(decision.only && { only: [...new Set(decision.only)].sort((one, other) => one - other) }),
        ...(decision.answers !== undefined && { answers: decision.answers }),
      };
    case "reject":
      return {};
    case "edit":
      return { values: decision.values };
    case "redo":
      return { ...(decision.tasks && { tasks: [...decision.tasks].sort() }), feedback: decision.feedback };
  }
}

/** Two decisions are the same exactly when this text is: the choice and what it changes, not the words around it. */
export function describeSameness(choice: Choice, { originals: _, ...patch }: DecisionPatch): string {
  return toCanonicalJson([choice, patch]);
}
