/** The machine of a slot (schedules.md). The one place where its statuses, reasons and events are named. */

export const SLOT_STATUSES = ["pending", "fired", "late", "caught_up", "skipped", "merged", "missed", "void"] as const;
export type SlotStatus = (typeof SLOT_STATUSES)[number];

/** `due` is a slot of the pattern that has no row yet. */
export type SlotState = SlotStatus | "due";

/** What a pending slot waits for: its jitter, the end of its predecessor, the decision it waits at, or its death. */
export type PendingReason = "jitter" | "queue" | "hold" | "cancel";

export type SkipReason = "overlap" | "superseded" | "paused" | "removed";

/** The wall time that the zone's clock skipped: `gap 2026-03-29T02:30`. Of merged slots, and of skipped ones with `gap: "skip"`. */
export type GapReason = `gap ${string}`;

/** The last two are known at the due time only, by the engine. */
export type MissReason = "catchup_none" | "not_latest" | "beyond_window" | "over_limit" | "broken_file" | "bad_input";

export type SlotReason = PendingReason | SkipReason | MissReason | GapReason;

export type SlotEvent = "fire" | "fireLate" | "catchUp" | "skip" | "merge" | "miss" | "postpone" | "clockSetBack";

const AFTER_DUE = {
  fire: "fired",
  fireLate: "late",
  catchUp: "caught_up",
  skip: "skipped",
  merge: "merged",
  miss: "missed",
  postpone: "pending",
} as const satisfies Partial<Record<SlotEvent, SlotStatus>>;

export const NEXT_SLOT_STATUS = {
  due: AFTER_DUE,
  pending: {
    fire: "fired",
    fireLate: "late",
    skip: "skipped",
    miss: "missed",
    postpone: "pending",
    clockSetBack: "void",
  },
  // A backfill starts what nothing was started for.
  missed: { catchUp: "caught_up", clockSetBack: "void" },
  skipped: { clockSetBack: "void" },
  // The clock was set back over it: when its instant comes again, it is due again, in the same row.
  void: AFTER_DUE,
  fired: {},
  late: {},
  caught_up: {},
  merged: {},
} as const satisfies Record<SlotState, Partial<Record<SlotEvent, SlotStatus>>>;

export function findNextSlotStatus(state: SlotState, event: SlotEvent): SlotStatus | undefined {
  const row: Partial<Record<SlotEvent, SlotStatus>> = NEXT_SLOT_STATUS[state];
  return row[event];
}

/** Whether a slot whose instant has come is to be decided: it has no row, or one that a clock set back made void. */
export function isSlotOpen(found: SlotStatus | undefined): boolean {
  return found === undefined || found === "void";
}

/** The statuses of a slot that a run was started for. */
export type FiredStatus = Extract<SlotStatus, "fired" | "late" | "caught_up">;

export function isFiredSlot(status: SlotStatus): status is FiredStatus {
  return status === "fired" || status === "late" || status === "caught_up";
}
