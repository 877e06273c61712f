import type { Database } from "better-sqlite3";
import { setAndReadBack } from "./connection.ts";

/**
 * Calls `fn`, which begins and ends transactions, while the connection does not check keys. The pragma does nothing
 * inside a transaction, so it is set before and after.
 */
export function withoutKeys<T>(sqlite: Database, fn: () => T): T {
  setAndReadBack(sqlite, "foreign_keys", 0);
  try {
    return fn();
  } finally {
    setAndReadBack(sqlite, "foreign_keys", 1);
  }
}
