import { statSync } from "node:fs";
import type { Database } from "better-sqlite3";
import { isPassing } from "./translate-sqlite-error.ts";

/** As long as a WAL becomes between two automatic checkpoints. */
const WAL_BYTES = 4 * 1_024 * 1_024;
/** A WAL keeps the length that it once had; past this it is worth a moment's work to shorten it. */
const WAL_BYTES_MAX = 64 * 1_024 * 1_024;
const BLOB_BYTES = 64 * 1_024;
/** So small that the pages of the transaction are spilled into the WAL before it ends. */
const CACHE_PAGES = 20;

/**
 * Makes the WAL as long as it will become, by a transaction that is rolled back (14 ms). Commits that overwrite a WAL
 * cost half of those that append to it (engine.md 3.1). Where another process writes or the disk is full, it is left.
 */
export function extendWal(sqlite: Database): void {
  if (readWalLength(sqlite) >= WAL_BYTES) return;
  const cacheSize = Number(sqlite.pragma("cache_size", { simple: true }));
  sqlite.pragma(`cache_size = ${CACHE_PAGES}`);
  try {
    sqlite.exec("BEGIN IMMEDIATE");
    sqlite.exec("CREATE TABLE __lockstep_wal (filler BLOB)");
    const insert = sqlite.prepare(`INSERT INTO __lockstep_wal VALUES (zeroblob(${BLOB_BYTES}))`);
    for (let bytes = 0; bytes < WAL_BYTES; bytes += BLOB_BYTES) insert.run();
  } catch (error) {
    if (!isPassing(error)) throw error;
  } finally {
    if (sqlite.inTransaction) sqlite.exec("ROLLBACK");
    sqlite.pragma(`cache_size = ${cacheSize}`);
  }
}

/** Shortens a WAL past 64 MiB to nothing. Where others read or write, it stays. Not for a WAL in use: see above. */
export function truncateWal(sqlite: Database): void {
  if (readWalLength(sqlite) <= WAL_BYTES_MAX) return;
  sqlite.pragma("wal_checkpoint(TRUNCATE)");
}

function readWalLength(sqlite: Database): number {
  return statSync(`${sqlite.name}-wal`, { throwIfNoEntry: false })?.size ?? 0;
}
