import { basename } from "node:path";
import type { Database } from "better-sqlite3";
import { DatabaseError } from "../core/errors.ts";
import type { Migration } from "./migration-files.ts";

const TABLE = "__lockstep_migrations";

interface Applied {
  readonly tag: string;
  readonly hash: string;
}

/** What a file is, beside the migrations that this version knows. */
export interface MigrationState {
  /** Nothing was ever in it. */
  readonly isFresh: boolean;
  readonly appliedCount: number;
  readonly pending: readonly Migration[];
}

/**
 * Compares the file with the migrations of this version. Refuses a file of a newer version, one of a build whose
 * migrations had another text, and a database of something else.
 */
export function compareMigrations(sqlite: Database, migrations: readonly Migration[]): MigrationState {
  const tables = sqlite.prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all();
  if (tables.length === 0) return { isFresh: true, appliedCount: 0, pending: migrations };
  if (!tables.includes(TABLE)) throw refuseForeign(sqlite.name);
  const applied = sqlite.prepare<[], Applied>(`SELECT tag, hash FROM ${TABLE} ORDER BY rowid`).all();
  for (const [index, { tag, hash }] of applied.entries()) {
    const known = migrations[index];
    if (known?.tag !== tag) throw refuseNewer(sqlite.name, tag, migrations.at(-1)?.tag);
    if (known.hash !== hash) throw refuseOtherBuild(sqlite.name, tag);
  }
  return { isFresh: false, appliedCount: applied.length, pending: migrations.slice(applied.length) };
}

export function createMigrationsTable(sqlite: Database): void {
  sqlite.exec(
    `CREATE TABLE IF NOT EXISTS ${TABLE} (tag TEXT NOT NULL UNIQUE, hash TEXT NOT NULL, applied_at INTEGER NOT NULL)`,
  );
}

export function insertApplied(sqlite: Database, migration: Migration, at: number): void {
  sqlite
    .prepare(`INSERT INTO ${TABLE} (tag, hash, applied_at) VALUES (?, ?, ?)`)
    .run(migration.tag, migration.hash, at);
}

/** Refuses to read what would have to be migrated first: who reads never writes. */
export function refuseOlder(path: string, state: MigrationState): DatabaseError {
  const found = state.isFresh ? "is empty: nothing was ever run with it" : "was written by an older Lockstep";
  return new DatabaseError(
    "database_older",
    `${basename(path)} ${found}. Reading never changes a file; any command that writes brings it up to date, for example: lockstep run FILE (${path})`,
  );
}

function refuseNewer(path: string, tag: string, newest: string | undefined): DatabaseError {
  return new DatabaseError(
    "database_newer",
    `${basename(path)} was written by a newer Lockstep: it has "${tag}", this version knows up to "${newest}". Nothing was changed. Update lockstep, or name another file: --db PATH (${path})`,
  );
}

function refuseOtherBuild(path: string, tag: string): DatabaseError {
  return new DatabaseError(
    "database_other_build",
    `${basename(path)} was made by another build of Lockstep, whose "${tag}" differs from this one's. Nothing was changed. Use the build that made it, or name another file: --db PATH (${path})`,
  );
}

function refuseForeign(path: string): DatabaseError {
  return new DatabaseError(
    "database_not_lockstep",
    `${basename(path)} is a database of another program: it has tables, but none of Lockstep's. Nothing was changed. Name another file: --db PATH (${path})`,
  );
}
