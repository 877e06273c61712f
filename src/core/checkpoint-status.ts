/** The machine of a checkpoint (engine.md 1). */

export const CHECKPOINT_STATUSES = [
  "open",
  "approved",
  "rejected",
  "sent_back",
  "applied",
  "superseded",
  "void",
] as const;
export type CheckpointStatus = (typeof CHECKPOINT_STATUSES)[number];

export const CHECKPOINT_KINDS = ["layer", "task", "ask"] as const;
export type CheckpointKind = (typeof CHECKPOINT_KINDS)[number];

export const CHOICES = ["approve", "reject", "edit", "redo"] as const;
export type Choice = (typeof CHOICES)[number];

export const ACTOR_KINDS = ["person", "agent", "timeout"] as const;
export type ActorKind = (typeof ACTOR_KINDS)[number];

export const RISKS = ["low", "medium", "high"] as const;

type CheckpointEvent = Choice | "apply" | "contentChanged" | "runEnded";

const NEXT_CHECKPOINT_STATUS = {
  open: {
    approve: "approved",
    edit: "approved",
    reject: "rejected",
    redo: "sent_back",
    contentChanged: "superseded",
    runEnded: "void",
  },
  approved: { apply: "applied", contentChanged: "superseded", runEnded: "void" },
  rejected: { apply: "applied", contentChanged: "superseded", runEnded: "void" },
  sent_back: { apply: "applied", contentChanged: "superseded", runEnded: "void" },
  applied: {},
  superseded: {},
  void: {},
} as const satisfies Record<CheckpointStatus, Partial<Record<CheckpointEvent, CheckpointStatus>>>;

/** Whether the table has an event that leads from one status to the other. */
export function isCheckpointMove(from: CheckpointStatus, to: CheckpointStatus): boolean {
  return Object.values<CheckpointStatus>(NEXT_CHECKPOINT_STATUS[from]).includes(to);
}
