import { basename } from "node:path";
import { DatabaseError } from "../core/errors.ts";
import { compareMigrations } from "./applied-migrations.ts";
import { readMigrations } from "./migration-files.ts";
import type { Store } from "./open-store.ts";
import { translateSqliteError } from "./translate-sqlite-error.ts";

/** What is only passing, or has an end in sight. */
const PASSING = new Set(["database_locked", "database_full"]);

/**
 * Makes a cheap look (10 µs) for who keeps a database open for long: whether the file has meanwhile become one that this
 * version cannot use (brought up to date by a newer one, replaced, damaged). Undefined: nothing is wrong that lasts.
 */
export function createFaultFinder(
  store: Pick<Store, "path" | "sqlite" | "isInPlace">,
): () => DatabaseError | undefined {
  const { path, sqlite } = store;
  const migrations = readMigrations();
  const version = sqlite.prepare<[], number>("PRAGMA schema_version").pluck();
  let known: number | undefined;
  return () => {
    try {
      if (!store.isInPlace()) return createReplaced(path);
      const found = version.get();
      if (found !== known) compareMigrations(sqlite, migrations);
      known = found;
      return undefined;
    } catch (error) {
      const fault = translateSqliteError(error, path);
      return fault instanceof DatabaseError && !PASSING.has(fault.code) ? fault : undefined;
    }
  };
}

function createReplaced(path: string): DatabaseError {
  return new DatabaseError(
    "database_replaced",
    `${basename(path)} is no longer the file that was opened: it was removed, or another one was put in its place. Nothing more is read from it. Open it again (${path})`,
  );
}
