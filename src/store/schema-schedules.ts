import { sql } from "drizzle-orm";
import { check, index, integer, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import { SLOT_STATUSES } from "../core/slot-status.ts";
import { oneOf } from "./one-of.ts";
import { definition, run } from "./schema.ts";

/** What engines have registered: which file gives which workflow, and what is wrong with it. */
export const workflow = sqliteTable("workflow", {
  name: text().primaryKey(),
  file: text().notNull(),
  export: text(),
  definitionId: integer().references(() => definition.id),
  codeHash: text(),
  /** JSON of the error of its last load; the last good definition stays. */
  error: text(),
  loadedAt: integer().notNull(),
});

export const schedule = sqliteTable(
  "schedule",
  {
    id: integer().primaryKey(),
    workflow: text().notNull(),
    name: text().notNull(),
    cron: text().notNull(),
    timezone: text().notNull(),
    /** JSON of the policy. */
    policy: text().notNull(),
    /** All slots at or before it are in the ledger. */
    cursorAt: integer().notNull(),
    nextAt: integer(),
    pausedUntil: integer(),
    removedAt: integer(),
  },
  (t) => [
    uniqueIndex("schedule_name").on(t.workflow, t.name),
    index("schedule_next").on(t.nextAt).where(sql`removed_at IS NULL`),
  ],
);

/** The ledger: every due instant of a schedule, or a range of them, exactly once. */
export const slot = sqliteTable(
  "slot",
  {
    id: integer().primaryKey(),
    scheduleId: integer()
      .notNull()
      .references(() => schedule.id),
    dueAt: integer().notNull(),
    /** Of a range: its last instant, and how many it stands for. */
    untilAt: integer(),
    count: integer().notNull().default(1),
    status: text({ enum: SLOT_STATUSES }).notNull(),
    reason: text(),
    fireAt: integer(),
    runId: integer().references(() => run.id),
  },
  (t) => [
    check("slot_status", oneOf(t.status, SLOT_STATUSES)),
    uniqueIndex("slot_due").on(t.scheduleId, t.dueAt),
    uniqueIndex("slot_run").on(t.runId).where(sql`run_id IS NOT NULL`),
    index("slot_pending").on(t.fireAt).where(sql`status = 'pending'`),
  ],
);
