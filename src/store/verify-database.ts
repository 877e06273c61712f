import { basename } from "node:path";
import type { Database } from "better-sqlite3";
import { DatabaseError } from "../core/errors.ts";
import type { Clock } from "../core/ports.ts";
import { compareMigrations } from "./applied-migrations.ts";
import { connect } from "./connection.ts";
import { assertDatabaseExists, translateFileError } from "./file-modes.ts";
import { readMigrations } from "./migration-files.ts";
import { retryBusy } from "./retry-busy.ts";
import { translateSqliteError } from "./translate-sqlite-error.ts";

/** What a database file holds, as far as a copy of it is judged. */
export interface DatabaseFacts {
  readonly runs: number;
  /** When the newest run was submitted; null: there is none. */
  readonly newestRunAt: number | null;
  /** Steps of this version's schema that the file lacks; a command that writes takes them. */
  readonly migrationsPending: number;
}

/**
 * Opens a file that nothing of this process has open, lets `use` have it, and closes it. It may be older than this
 * version; a newer one, or one of another program, is refused. Throws DatabaseError.
 */
export async function withDatabaseFile<Result>(
  path: string,
  clock: Clock,
  use: (sqlite: Database, migrationsPending: number) => Result,
): Promise<Result> {
  let sqlite: Database | undefined;
  try {
    assertDatabaseExists(path);
    const opened = connect(path, "read");
    sqlite = opened;
    const { pending, isFresh } = await retryBusy(clock, () => compareMigrations(opened, readMigrations()));
    if (isFresh) throw refuseEmpty(path);
    return use(opened, pending.length);
  } catch (error) {
    throw translateSqliteError(translateFileError(error, path), path);
  } finally {
    sqlite?.close();
  }
}

/** Reads all of it: every page, every index, every key. Throws DatabaseError `database_corrupt` with what it found first. */
export async function verifyDatabase(path: string, clock: Clock): Promise<DatabaseFacts> {
  return await withDatabaseFile(path, clock, (sqlite, migrationsPending) => {
    const [problem] = listDamage(sqlite, "full");
    if (problem !== undefined) throw refuseDamaged(path, problem);
    const runs = sqlite.prepare<[], number>("SELECT count(*) FROM run").pluck().get() ?? 0;
    const newest = sqlite.prepare<[], number>("SELECT created_at FROM run ORDER BY id DESC LIMIT 1").pluck().get();
    return { runs, newestRunAt: newest ?? null, migrationsPending };
  });
}

/** Most that is told of a damaged file: more helps nobody. */
const PROBLEMS_MAX = 20;

/** What is wrong with pages, indexes (`full`) and keys, in SQLite's words; nothing where all is well. */
export function listDamage(sqlite: Database, depth: "quick" | "full"): string[] {
  const check = depth === "full" ? "integrity_check" : "quick_check";
  const pages = sqlite.prepare<[], string>(`PRAGMA ${check}(${PROBLEMS_MAX})`).pluck().all();
  const damage = pages.filter((line) => line !== "ok");
  if (damage.length > 0) return damage;
  const keys = sqlite.prepare<[], BrokenKey>("PRAGMA foreign_key_check").all();
  return keys.slice(0, PROBLEMS_MAX).map(({ table, rowid, parent }) => {
    return `row ${rowid} of ${table} points to a row of ${parent} that does not exist`;
  });
}

interface BrokenKey {
  readonly table: string;
  readonly rowid: number | null;
  readonly parent: string;
}

function refuseDamaged(path: string, problem: string): DatabaseError {
  return new DatabaseError(
    "database_corrupt",
    `${basename(path)} is damaged: ${problem}. Expected a file without damage; nothing was changed (${path})`,
  );
}

function refuseEmpty(path: string): DatabaseError {
  return new DatabaseError(
    "database_not_lockstep",
    `${basename(path)} is empty: expected a database that Lockstep has made, or a backup of one (${path})`,
  );
}
