import { and, asc, isNotNull, isNull } from "drizzle-orm";
import { schedule } from "../store/schema-schedules.ts";
import type { ReadStore } from "./once-per-store.ts";

/** The next instant at which a schedule is due, over all that are neither paused nor removed. */
export function findNextSlot({ db }: ReadStore): { readonly workflow: string; readonly at: number } | undefined {
  const found = db
    .select({ workflow: schedule.workflow, at: schedule.nextAt })
    .from(schedule)
    .where(and(isNull(schedule.removedAt), isNull(schedule.pausedUntil), isNotNull(schedule.nextAt)))
    .orderBy(asc(schedule.nextAt))
    .limit(1)
    .get();
  return found?.at == null ? undefined : { workflow: found.workflow, at: found.at };
}
