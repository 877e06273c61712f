import { sql } from "drizzle-orm";
import {
  type AnySQLiteColumn,
  check,
  index,
  integer,
  primaryKey,
  sqliteTable,
  text,
  uniqueIndex,
} from "drizzle-orm/sqlite-core";
import { RUN_INTENTS, RUN_MODES, RUN_STATUSES } from "../core/run-status.ts";
import { ATTEMPT_STATUSES, TASK_REASONS, TASK_STATUSES, TASK_STEPS } from "../core/task-status.ts";
import { oneOf } from "./one-of.ts";

/**
 * The rows (engine.md 3). Instants are milliseconds since 1970 UTC. A task's id is run id × 2²⁰ + its index, so a run,
 * a layer and a map's instances are ranges of the primary key and need no index of their own. Counters (unmet needs,
 * what is left of a layer) are not here: they live in the memory of the engine that owns the run and are rebuilt from
 * these rows (docs/decisions/003).
 */

export const definition = sqliteTable(
  "definition",
  {
    id: integer().primaryKey(),
    hash: text().notNull(),
    workflow: text().notNull(),
    spec: text().notNull(),
    taskCount: integer().notNull(),
    createdAt: integer().notNull(),
  },
  (t) => [uniqueIndex("definition_hash").on(t.hash)],
);

/** The template of a run's task rows, and the names for queries. */
export const definitionTask = sqliteTable(
  "definition_task",
  {
    definitionId: integer()
      .notNull()
      .references(() => definition.id),
    idx: integer().notNull(),
    name: text().notNull(),
    layer: integer().notNull(),
  },
  (t) => [primaryKey({ columns: [t.definitionId, t.idx] })],
);

export const run = sqliteTable(
  "run",
  {
    id: integer().primaryKey(),
    uid: text().notNull(),
    definitionId: integer()
      .notNull()
      .references(() => definition.id),
    workflow: text().notNull(),
    parentTaskId: integer(),
    slotId: integer(),
    status: text({ enum: RUN_STATUSES }).notNull(),
    intent: text({ enum: RUN_INTENTS }).notNull().default("none"),
    /** Why it was canceled, rejected or failed; for people. */
    reason: text(),
    mode: text({ enum: RUN_MODES }).notNull(),
    engineId: integer().references((): AnySQLiteColumn => engine.id),
    key: text(),
    /** JSON, up to OUTPUT_INLINE_BYTES_MAX; else `inputId`. */
    input: text(),
    inputId: integer().references(() => value.id),
    labels: text(),
    maxConcurrent: integer(),
    strategy: text({ enum: ["layers", "eager"] })
      .notNull()
      .default("layers"),
    review: integer({ mode: "boolean" }).notNull().default(false),
    cwd: text().notNull(),
    file: text(),
    export: text(),
    codeHash: text(),
    /** ISO 8601 with zone. */
    scheduledAt: text().notNull(),
    /** Rows of this run in `task`, instances included: where the next block of instances begins. */
    rowCount: integer().notNull(),
    /** The highest layer that is open; with `eager`, the last one. */
    layer: integer().notNull().default(0),
    deadlineAt: integer(),
    parkedAt: integer(),
    createdAt: integer().notNull(),
    startedAt: integer(),
    finishedAt: integer(),
  },
  (t) => [
    check("run_status", oneOf(t.status, RUN_STATUSES)),
    check("run_intent", oneOf(t.intent, RUN_INTENTS)),
    check("run_mode", oneOf(t.mode, RUN_MODES)),
    check("run_owned", sql`(${t.engineId} IS NOT NULL) = (${t.status} = 'running')`),
    check(
      "run_finished",
      sql`(${t.finishedAt} IS NOT NULL) = (${t.status} = 'succeeded' OR ${t.status} = 'failed' OR ${t.status} = 'canceled')`,
    ),
    // Each index that a plain run would touch is a page more in each of its commits (about 10 µs): so none has `status =
    // 'running'` or `workflow` in it. Who looks for these reads the newest runs first, or all once, when an engine is lost.
    index("run_queue").on(t.id).where(sql`status = 'queued'`),
    index("run_open").on(t.status, t.id).where(sql`status = 'waiting' OR status = 'paused'`),
    index("run_intents").on(t.id).where(sql`intent <> 'none' AND finished_at IS NULL`),
    // Only of runs of schedules: what is unfinished of one must not cost more with each slot of its ledger.
    index("run_slot").on(t.slotId).where(sql`slot_id IS NOT NULL AND finished_at IS NULL`),
    index("run_parent").on(t.parentTaskId).where(sql`parent_task_id IS NOT NULL`),
    uniqueIndex("run_key").on(t.workflow, t.key).where(sql`key IS NOT NULL`),
  ],
);

export const task = sqliteTable(
  "task",
  {
    id: integer().primaryKey(),
    runId: integer()
      .notNull()
      .references(() => run.id),
    /** Index in the run: of the declared task, or from the run's `rowCount` on for instances. */
    idx: integer().notNull(),
    /** Of an instance: the id of its map's row, and its place in the list. */
    parentId: integer(),
    item: integer(),
    layer: integer().notNull(),
    status: text({ enum: TASK_STATUSES }).notNull().default("pending"),
    reason: text({ enum: TASK_REASONS }),
    step: text({ enum: TASK_STEPS }).notNull().default("body"),
    /** Rises when a recorded result is discarded; part of the idempotency key. */
    generation: integer().notNull().default(0),
    /** Number of the current or last attempt of this generation. */
    attempt: integer().notNull().default(0),
    /** Tries used of the retry budget: interruptions use none. */
    tries: integer().notNull().default(0),
    /** Interruptions in a row. */
    interruptions: integer().notNull().default(0),
    wakeAt: integer(),
    /** JSON, up to OUTPUT_INLINE_BYTES_MAX; else `outputId`. */
    output: text(),
    outputId: integer().references(() => value.id),
    /** Rises with every edit of the output. */
    revision: integer().notNull().default(0),
    /** Of an expanded map: the list `{items, labels}`, the index of its first instance, and their number. */
    listId: integer().references(() => value.id),
    itemsBase: integer(),
    itemsCount: integer(),
    /** What a decision gave to the next attempt: JSON `{feedback?, answers?, resolved?}`. */
    givenId: integer().references(() => value.id),
    startedAt: integer(),
    finishedAt: integer(),
  },
  (t) => [
    check("task_status", oneOf(t.status, TASK_STATUSES)),
    check("task_timer", sql`(${t.wakeAt} IS NOT NULL) = (${t.status} = 'retrying')`),
  ],
);

/** Append-only: outputs, inputs and lists too large for a row, edits, and what was shown. */
export const value = sqliteTable("value", {
  id: integer().primaryKey(),
  bytes: integer().notNull(),
  json: text().notNull(),
});

/** What is not a plain first success: that one is the task's row itself. */
export const attempt = sqliteTable(
  "attempt",
  {
    id: integer().primaryKey(),
    taskId: integer()
      .notNull()
      .references(() => task.id),
    generation: integer().notNull(),
    number: integer().notNull(),
    status: text({ enum: ATTEMPT_STATUSES }).notNull(),
    /** JSON of an ErrorValue. */
    error: text(),
    exitCode: integer(),
    signal: text(),
    logBytes: integer(),
    logCut: integer(),
    startedAt: integer(),
    finishedAt: integer(),
  },
  (t) => [
    check("attempt_status", oneOf(t.status, ATTEMPT_STATUSES)),
    uniqueIndex("attempt_number").on(t.taskId, t.generation, t.number),
  ],
);

/**
 * What happened, in order. One row may hold several facts of one transaction and one run: `id` is the seq of its last
 * fact, `data` a JSON array of them, so a layer of a thousand tasks is a few rows and still a thousand events.
 */
export const event = sqliteTable("event", {
  id: integer().primaryKey(),
  at: integer().notNull(),
  runId: integer(),
  data: text().notNull(),
});

export const engine = sqliteTable(
  "engine",
  {
    id: integer().primaryKey(),
    lockFile: text().notNull(),
    kind: text({ enum: ["run", "daemon", "library"] }).notNull(),
    pid: integer().notNull(),
    bootId: text().notNull(),
    host: text().notNull(),
    version: text().notNull(),
    status: text({ enum: ["live", "draining", "ended", "lost"] }).notNull(),
    startedAt: integer().notNull(),
    endedAt: integer(),
    stopRequestedAt: integer(),
  },
  (t) => [
    uniqueIndex("engine_lock").on(t.lockFile),
    index("engine_open").on(t.id).where(sql`status = 'live' OR status = 'draining'`),
  ],
);
