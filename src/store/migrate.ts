/**
 * Brings a file up to this version's schema. drizzle-kit writes the steps; applying them is ours, because drizzle's own
 * migrator lost rows and collided (engine.md 4).
 *
 * M1  Keys are off before the transaction begins: inside of one the pragma does nothing, and a table that is rebuilt
 *     would take the rows of others with it.
 * M2  One starter at a time: what is applied is read again once the write lock is held.
 * M3  All steps and their rows are one transaction, and it is committed only when no key is broken.
 * M4  A file that had content is copied first, and only while no engine lives. The copy is made by another connection
 *     while this one holds the write lock, so nothing is written in between.
 */
import { basename } from "node:path";
import type { Database } from "better-sqlite3";
import { assert, DatabaseError } from "../core/errors.ts";
import type { Clock } from "../core/ports.ts";
import {
  compareMigrations,
  createMigrationsTable,
  insertApplied,
  type MigrationState,
  refuseOlder,
} from "./applied-migrations.ts";
import { type Access, connect, setAndReadBack } from "./connection.ts";
import { createCopyFile, removeCopyFile } from "./file-modes.ts";
import type { Migration } from "./migration-files.ts";
import { retryBusy } from "./retry-busy.ts";

/** Another starter may be copying a large file. */
const WAIT_MS = 60_000;

export interface MigrateOptions {
  readonly migrations: readonly Migration[];
  readonly access: Access;
  readonly clock: Clock;
  /** The lock file of an engine that lives on this database; undefined when there is none. */
  readonly findLiveEngine: (() => string | undefined) | undefined;
}

export async function migrate(sqlite: Database, options: MigrateOptions): Promise<void> {
  const state = await retryBusy(options.clock, () => compareMigrations(sqlite, options.migrations));
  if (state.pending.length === 0) return;
  if (options.access === "read") throw refuseOlder(sqlite.name, state);
  setAndReadBack(sqlite, "foreign_keys", 0); // M1
  try {
    await retryBusy(options.clock, () => sqlite.exec("BEGIN IMMEDIATE"), WAIT_MS);
    applyPending(sqlite, options);
  } finally {
    if (sqlite.inTransaction) sqlite.exec("ROLLBACK");
    setAndReadBack(sqlite, "legacy_alter_table", 0);
    setAndReadBack(sqlite, "foreign_keys", 1);
  }
}

function applyPending(sqlite: Database, options: MigrateOptions): void {
  const state = compareMigrations(sqlite, options.migrations); // M2
  if (!state.isFresh && state.pending.length > 0) copyFirst(sqlite, state, options); // M4
  createMigrationsTable(sqlite);
  for (const migration of state.pending) {
    for (const statement of migration.statements) sqlite.exec(statement);
    insertApplied(sqlite, migration, options.clock.now());
  }
  assertKeysHold(sqlite);
  sqlite.exec("COMMIT"); // M3
}

function assertKeysHold(sqlite: Database): void {
  const broken = sqlite.pragma("foreign_key_check");
  assert(Array.isArray(broken), "PRAGMA foreign_key_check answers rows");
  if (broken.length === 0) return;
  throw new DatabaseError(
    "database_corrupt",
    `${basename(sqlite.name)} cannot be brought up to date: ${broken.length} rows would point to rows that do not exist (first: ${JSON.stringify(broken[0])}). Nothing was changed. Restore a copy: lockstep restore FILE`,
  );
}

function copyFirst(sqlite: Database, state: MigrationState, options: MigrateOptions): void {
  assert(options.findLiveEngine !== undefined, "who may migrate an existing file can tell whether an engine lives");
  const engine = options.findLiveEngine();
  if (engine !== undefined) {
    throw new DatabaseError(
      "database_in_use",
      `${basename(sqlite.name)} has to be brought up to date, but an engine of an older version is running on it (${engine}). Nothing was changed. Stop it first: lockstep stop`,
    );
  }
  const copy = `${sqlite.name}.before-${state.appliedCount}.bak`;
  createCopyFile(copy, sqlite.name);
  const reader = connect(sqlite.name, "read");
  try {
    reader.prepare("VACUUM INTO ?").run(copy);
  } catch (error) {
    removeCopyFile(copy);
    throw error;
  } finally {
    reader.close();
  }
}
