import { asc, desc, eq, isNull } from "drizzle-orm";
import { definitionTask, run } from "../store/schema.ts";
import { schedule } from "../store/schema-schedules.ts";
import type { ReadStore } from "./once-per-store.ts";

/** The numbers of the newest runs, for who completes a word. */
export function listRecentRunIds({ db }: ReadStore, limit: number): number[] {
  const rows = db.select({ id: run.id }).from(run).orderBy(desc(run.id)).limit(limit).all();
  return rows.map((row) => row.id);
}

const NAMES_MAX = 1_000;

/** The names of schedules that are still declared. */
export function listScheduleNames({ db }: ReadStore): string[] {
  const rows = db
    .selectDistinct({ name: schedule.name })
    .from(schedule)
    .where(isNull(schedule.removedAt))
    .orderBy(asc(schedule.name))
    .limit(NAMES_MAX)
    .all();
  return rows.map((row) => row.name);
}

/** The names of a run's declared tasks, in the order of layers. */
export function listRunTaskNames({ db }: ReadStore, runId: number): string[] {
  const rows = db
    .select({ name: definitionTask.name })
    .from(run)
    .innerJoin(definitionTask, eq(definitionTask.definitionId, run.definitionId))
    .where(eq(run.id, runId))
    .orderBy(asc(definitionTask.idx))
    .limit(NAMES_MAX)
    .all();
  return rows.map((row) => row.name);
}
