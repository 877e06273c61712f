import type { Store } from "./open-store.ts";
import { translateSqliteError } from "./translate-sqlite-error.ts";

/** Bytes inside the file that hold nothing: new rows go there first. */
export function measureFreePages({ sqlite }: Store): number {
  const read = (pragma: string): number => Number(sqlite.pragma(pragma, { simple: true }));
  return read("freelist_count") * read("page_size");
}

/**
 * Writes the file anew without them. Needs as much room as the file takes, and keeps all writers waiting meanwhile:
 * only for when no engine lives.
 */
export function vacuum({ sqlite, path }: Store): void {
  try {
    sqlite.exec("VACUUM");
    sqlite.pragma("wal_checkpoint(TRUNCATE)");
  } catch (error) {
    throw translateSqliteError(error, path);
  }
}
