import { integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { engine, task } from "./schema.ts";

/** A named thing that tasks use: slots or a capacity, or a rate (`tat`: its theoretical arrival time). */
export const resource = sqliteTable("resource", {
  name: text().primaryKey(),
  capacity: integer(),
  rateCount: integer(),
  rateWindowMs: integer(),
  burst: integer(),
  tat: integer(),
  /** Where it was defined, for conflicts. */
  file: text().notNull(),
});

/** What a running attempt has of a resource. It goes with the attempt's outcome, or with its lost engine. */
export const hold = sqliteTable(
  "hold",
  {
    taskId: integer()
      .notNull()
      .references(() => task.id),
    resource: text()
      .notNull()
      .references(() => resource.name),
    amount: integer().notNull(),
    engineId: integer()
      .notNull()
      .references(() => engine.id),
  },
  (t) => [primaryKey({ columns: [t.taskId, t.resource] })],
);
