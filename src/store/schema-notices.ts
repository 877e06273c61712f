import { sql } from "drizzle-orm";
import { check, index, integer, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import { oneOf } from "./one-of.ts";

const NOTICE_KINDS = ["failed", "succeeded", "checkpoint", "late", "test"] as const;
const NOTICE_STATUSES = ["pending", "delivered", "failed"] as const;

/** A message to a channel: written once, tried until it is delivered or given up. */
export const notice = sqliteTable(
  "notice",
  {
    id: integer().primaryKey(),
    channel: text().notNull(),
    kind: text({ enum: NOTICE_KINDS }).notNull(),
    /** What it tells of, so that two daemons tell it once: `run:412`, `checkpoint:98`, `slot:7`. */
    subject: text().notNull(),
    /** JSON of the message. */
    body: text().notNull(),
    status: text({ enum: NOTICE_STATUSES }).notNull().default("pending"),
    tries: integer().notNull().default(0),
    /** When it is tried next. */
    dueAt: integer(),
    error: text(),
    createdAt: integer().notNull(),
    deliveredAt: integer(),
  },
  (t) => [
    check("notice_kind", oneOf(t.kind, NOTICE_KINDS)),
    check("notice_status", oneOf(t.status, NOTICE_STATUSES)),
    check("notice_due", sql`(${t.dueAt} IS NOT NULL) = (${t.status} = 'pending')`),
    uniqueIndex("notice_of").on(t.channel, t.kind, t.subject),
    index("notice_pending").on(t.dueAt).where(sql`status = 'pending'`),
  ],
);

/** How far a reader of the event log has come. */
export const reader = sqliteTable("reader", {
  name: text().primaryKey(),
  /** All events up to this one were dealt with. */
  seq: integer().notNull(),
});
