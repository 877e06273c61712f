import type { ActorKind, Choice } from "../core/checkpoint-status.ts";
import type { Store } from "./open-store.ts";
import type { ValueRows } from "./value-rows.ts";

export interface NewDecision {
  readonly checkpointId: number;
  readonly choice: Choice;
  /** JSON of `only`, `answers`, `values`, `tasks`, `feedback`; null: the choice says all. */
  readonly patchJson: string | null;
  /** Canonical text of choice and patch: the same decision twice is one. */
  readonly sameness: string;
  readonly reason: string | null;
  readonly comment: string | null;
  readonly seenHash: string;
  readonly actorKind: ActorKind;
  readonly actor: string;
  readonly effectiveUser: string | null;
  readonly host: string | null;
  readonly tty: string | null;
  readonly via: string;
  readonly at: number;
}

export type DecisionRow = NewDecision & { readonly id: number };

/** `decision`: append-only (triggers refuse UPDATE and DELETE), one per checkpoint. */
export interface DecisionRows {
  insert(decision: NewDecision): void;
  find(checkpointId: number): DecisionRow | undefined;
}

export function createDecisionRows({ sqlite }: Store, values: ValueRows): DecisionRows {
  const insert = sqlite.prepare(
    `INSERT INTO decision (checkpoint_id, choice, patch_id, sameness, reason, comment, seen_hash, actor_kind, actor,
       effective_user, host, tty, via, at)
     VALUES (@checkpointId, @choice, @patchId, @sameness, @reason, @comment, @seenHash, @actorKind, @actor,
       @effectiveUser, @host, @tty, @via, @at)`,
  );
  const find = sqlite.prepare<[number], Omit<DecisionRow, "patchJson"> & { patchId: number | null }>(
    `SELECT id, checkpoint_id AS checkpointId, choice, patch_id AS patchId, sameness, reason, comment,
       seen_hash AS seenHash, actor_kind AS actorKind, actor, effective_user AS effectiveUser, host, tty, via, at
     FROM decision WHERE checkpoint_id = ?`,
  );
  return {
    insert({ patchJson, ...row }) {
      insert.run({ ...row, patchId: patchJson === null ? null : values.insert(patchJson) });
    },
    find(checkpointId) {
      const row = find.get(checkpointId);
      if (row === undefined) return undefined;
      const { patchId, ...rest } = row;
      return { ...rest, patchJson: patchId === null ? null : values.get(patchId) };
    },
  };
}
