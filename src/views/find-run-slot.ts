import { eq } from "drizzle-orm";
import { schedule, slot } from "../store/schema-schedules.ts";
import type { ReadStore } from "./once-per-store.ts";

/** The slot that a run was started for. */
export interface RunSlot {
  readonly dueAt: number;
  readonly zone: string;
  /** `fired`, `late`, `caught_up`. */
  readonly state: string;
}

/** Undefined: nobody's clock has started it. */
export function findRunSlot({ db }: ReadStore, runId: number): RunSlot | undefined {
  return db
    .select({ dueAt: slot.dueAt, zone: schedule.timezone, state: slot.status })
    .from(slot)
    .innerJoin(schedule, eq(schedule.id, slot.scheduleId))
    .where(eq(slot.runId, runId))
    .get();
}
