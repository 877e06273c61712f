import { assert } from "../core/errors.ts";
import type { RunStatus } from "../core/run-status.ts";
import type { SlotReason, SlotStatus } from "../core/slot-status.ts";
import type { Store } from "./open-store.ts";

export interface NewSlot {
  readonly scheduleId: number;
  readonly dueAt: number;
  readonly untilAt: number | null;
  readonly count: number;
  readonly status: SlotStatus;
  readonly reason: SlotReason | null;
  readonly fireAt: number | null;
}

export interface PendingSlot {
  readonly id: number;
  readonly scheduleId: number;
  readonly dueAt: number;
  readonly fireAt: number | null;
  readonly status: SlotStatus;
  readonly reason: string | null;
}

export type FoundSlot = Pick<PendingSlot, "id" | "status">;

/** The row that an instant belongs to. */
export interface CoveringSlot {
  readonly id: number;
  readonly dueAt: number;
  readonly untilAt: number | null;
  readonly count: number;
  readonly status: SlotStatus;
  readonly reason: SlotReason | null;
}

interface OpenRun {
  readonly id: number;
  readonly status: RunStatus;
}

/** `slot`: the ledger. All calls belong inside a transaction. */
export interface SlotRows {
  /** The id of the new row, or of one that a clock set back had made void; undefined where the slot is settled. */
  insertSlot(slot: NewSlot): number | undefined;
  /** Asserts that its row has the status that was found. */
  updateSlot(found: FoundSlot, status: SlotStatus, reason: SlotReason | null, fireAt: number | null): void;
  setSlotRun(id: number, runId: number): void;
  /** The row of the slot at this instant, or the range that it is in; none that a clock made void. */
  findCovering(scheduleId: number, at: number): CoveringSlot | undefined;
  /** Rows that begin between two instants, both included, in order; without those that a clock made void. */
  listBetween(scheduleId: number, fromAt: number, untilAt: number): Pick<CoveringSlot, "dueAt" | "untilAt">[];
  /** What a range stands for from now on. */
  resizeSlot(id: number, untilAt: number | null, count: number): void;
  listPending(scheduleId: number): PendingSlot[];
  listAllPending(): PendingSlot[];
  /** Rows that nothing was started for become void: their instants are ahead again. */
  voidAfter(scheduleId: number, at: number): number;
  /** Unfinished runs of earlier slots. */
  listOpenRuns(scheduleId: number): OpenRun[];
}

export function createSlotRows({ sqlite }: Store): SlotRows {
  const insert = sqlite
    .prepare<[NewSlot], number>(
      `INSERT INTO slot (schedule_id, due_at, until_at, count, status, reason, fire_at)
       VALUES (@scheduleId, @dueAt, @untilAt, @count, @status, @reason, @fireAt)
       ON CONFLICT (schedule_id, due_at) DO UPDATE SET until_at = excluded.until_at, count = excluded.count,
         status = excluded.status, reason = excluded.reason, fire_at = excluded.fire_at WHERE slot.status = 'void'
       RETURNING id`,
    )
    .pluck();
  const update = sqlite.prepare("UPDATE slot SET status = ?, reason = ?, fire_at = ? WHERE id = ? AND status = ?");
  const setRun = sqlite.prepare("UPDATE slot SET run_id = ? WHERE id = ? AND run_id IS NULL");
  const covering = sqlite.prepare<[number, number], CoveringSlot>(
    `SELECT id, due_at AS dueAt, until_at AS untilAt, count, status, reason FROM slot
     WHERE schedule_id = ? AND due_at <= ? AND status <> 'void' ORDER BY due_at DESC LIMIT 1`,
  );
  const between = sqlite.prepare<[number, number, number], Pick<CoveringSlot, "dueAt" | "untilAt">>(
    `SELECT due_at AS dueAt, until_at AS untilAt FROM slot
     WHERE schedule_id = ? AND due_at >= ? AND due_at <= ? AND status <> 'void' ORDER BY due_at`,
  );
  const resize = sqlite.prepare("UPDATE slot SET until_at = ?, count = ? WHERE id = ?");
  // By the index of pending rows, whatever the planner thinks: that of the ledger has all rows of the schedule.
  const pendingOf = (where: string) =>
    `SELECT id, schedule_id AS scheduleId, due_at AS dueAt, fire_at AS fireAt, status, reason FROM slot INDEXED BY slot_pending
     WHERE status = 'pending' ${where} ORDER BY due_at`;
  const pending = sqlite.prepare<[number], PendingSlot>(pendingOf("AND schedule_id = ?"));
  const allPending = sqlite.prepare<[], PendingSlot>(pendingOf(""));
  const makeVoid = sqlite.prepare(
    `UPDATE slot SET status = 'void' WHERE schedule_id = ? AND due_at > ?
       AND (status = 'pending' OR status = 'missed' OR status = 'skipped')`,
  );
  // From the side of what is unfinished (CROSS JOIN keeps the order): the ledger only grows.
  const openRuns = sqlite.prepare<[number], OpenRun>(
    `SELECT run.id, run.status FROM run INDEXED BY run_slot CROSS JOIN slot ON slot.id = run.slot_id
     WHERE run.slot_id IS NOT NULL AND run.finished_at IS NULL AND slot.schedule_id = ?`,
  );
  return {
    insertSlot: (slot: NewSlot) => insert.get(slot),
    updateSlot({ id, status: from }: FoundSlot, status: SlotStatus, reason: SlotReason | null, fireAt: number | null) {
      const { changes } = update.run(status, reason, fireAt, id, from);
      assert(changes === 1, `slot ${id}: its row is not ${from}`);
    },
    setSlotRun: (id: number, runId: number) => void setRun.run(runId, id),
    findCovering(scheduleId: number, at: number) {
      const found = covering.get(scheduleId, at);
      return found === undefined || (found.untilAt ?? found.dueAt) < at ? undefined : found;
    },
    listBetween: (scheduleId: number, fromAt: number, untilAt: number) => between.all(scheduleId, fromAt, untilAt),
    resizeSlot: (id: number, untilAt: number | null, count: number) => void resize.run(untilAt, count, id),
    listPending: (scheduleId: number) => pending.all(scheduleId),
    listAllPending: () => allPending.all(),
    voidAfter: (scheduleId: number, at: number) => makeVoid.run(scheduleId, at).changes,
    listOpenRuns: (scheduleId: number) => openRuns.all(scheduleId),
  };
}
