import { sql } from "drizzle-orm";
import { check, index, integer, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import { ACTOR_KINDS, CHECKPOINT_KINDS, CHECKPOINT_STATUSES, CHOICES, RISKS } from "../core/checkpoint-status.ts";
import { oneOf } from "./one-of.ts";
import { run, value } from "./schema.ts";

/** A point where a run waits for a decision, or (kind `ask`, with or without a run) a question of a program. */
export const checkpoint = sqliteTable(
  "checkpoint",
  {
    id: integer().primaryKey(),
    runId: integer().references(() => run.id),
    /** Counts from 1 in its run: people write 412.1. An `ask` without a run has its id here. */
    number: integer().notNull(),
    kind: text({ enum: CHECKPOINT_KINDS }).notNull(),
    /** Of a question: the key by which it is found again after a crash. */
    key: text(),
    layer: integer(),
    taskId: integer(),
    round: integer().notNull().default(1),
    status: text({ enum: CHECKPOINT_STATUSES }).notNull().default("open"),
    /** Of what was shown and what will start (engine.md 7). */
    hash: text().notNull(),
    message: text().notNull(),
    risk: text({ enum: RISKS }).notNull(),
    /** JSON of all that a person is shown. */
    shownId: integer().references(() => value.id),
    onTimeout: text({ enum: ["hold", "approve", "reject"] }).notNull(),
    expiresAt: integer(),
    createdAt: integer().notNull(),
    decidedAt: integer(),
    appliedAt: integer(),
  },
  (t) => [
    check("checkpoint_status", oneOf(t.status, CHECKPOINT_STATUSES)),
    check("checkpoint_kind", oneOf(t.kind, CHECKPOINT_KINDS)),
    check("checkpoint_of_run", sql`${t.kind} = 'ask' OR ${t.runId} IS NOT NULL`),
    uniqueIndex("checkpoint_number").on(t.runId, t.number),
    uniqueIndex("checkpoint_key").on(t.key).where(sql`key IS NOT NULL`),
    index("checkpoint_open").on(t.id).where(sql`status = 'open'`),
    index("checkpoint_expires").on(t.expiresAt).where(sql`status = 'open' AND expires_at IS NOT NULL`),
  ],
);

/**
 * Append-only, one per checkpoint: triggers refuse UPDATE and DELETE. Taking one back supersedes its checkpoint and
 * opens a new round; the row stays.
 */
export const decision = sqliteTable(
  "decision",
  {
    id: integer().primaryKey(),
    checkpointId: integer()
      .notNull()
      .references(() => checkpoint.id),
    choice: text({ enum: CHOICES }).notNull(),
    /** JSON of `only`, `values`, `tasks`, `answers`. */
    patchId: integer().references(() => value.id),
    /** Canonical text of choice and patch: the same decision twice is one. */
    sameness: text().notNull(),
    reason: text(),
    comment: text(),
    seenHash: text().notNull(),
    actorKind: text({ enum: ACTOR_KINDS }).notNull(),
    actor: text().notNull(),
    effectiveUser: text(),
    host: text(),
    tty: text(),
    via: text().notNull(),
    at: integer().notNull(),
  },
  (t) => [
    check("decision_choice", oneOf(t.choice, CHOICES)),
    check("decision_actor", oneOf(t.actorKind, ACTOR_KINDS)),
    uniqueIndex("decision_of").on(t.checkpointId),
  ],
);
