import Database from "better-sqlite3";
import { assert } from "../core/errors.ts";

/** `execute` is an engine; `write` is the command line and the terminal UI; `read` never changes anything. */
export type Access = "execute" | "write" | "read";

/** `full` keeps every commit through a power cut; `normal` may lose the last moments before one. */
export type Sync = "full" | "normal";

/** An engine waits so long for another writer, then goes on with its other work; the default of 5 s would freeze it. */
const ENGINE_TIMEOUT_MS = 20;
/** Who reads waits for no writer, only for who makes the WAL anew, or closes the file as the last one. */
const READER_TIMEOUT_MS = 50;
const TIMEOUTS_MS = { execute: ENGINE_TIMEOUT_MS, write: 0, read: READER_TIMEOUT_MS } as const;
const SYNCHRONOUS = { full: 2, normal: 1 } as const;
/** Of a new file. A commit writes whole pages, and most change a row of 100 bytes in each (docs/decisions/019). */
const PAGE_BYTES = 1_024;
/** So much in the WAL, and a commit moves it into the database: 1,000 pages of SQLite's usual size. */
const CHECKPOINT_BYTES = 4_096_000;

/** Opens a file that exists. Nothing is set yet, and nothing has been read of it. */
export function connect(path: string, access: Access): Database.Database {
  return new Database(path, { fileMustExist: true, timeout: TIMEOUTS_MS[access] });
}

/**
 * Sets what every connection must have, and reads it back: this build of SQLite opens each later connection to a WAL
 * file at NORMAL, whatever the first one had, and a pragma that is refused says nothing. Throws BUSY when another
 * process is just making the WAL.
 */
export function setUp(sqlite: Database.Database, access: Access, sync: Sync): void {
  if (access !== "read") sqlite.pragma(`page_size = ${PAGE_BYTES}`); // a file that has tables keeps its own
  setJournalMode(sqlite, access);
  setAndReadBack(sqlite, "synchronous", SYNCHRONOUS[sync]);
  setAndReadBack(sqlite, "foreign_keys", 1);
  setAndReadBack(sqlite, "wal_autocheckpoint", Math.floor(CHECKPOINT_BYTES / readPageBytes(sqlite)));
  setAndReadBack(sqlite, "mmap_size", 0);
  if (process.platform === "darwin" && sync === "full") {
    setAndReadBack(sqlite, "fullfsync", 1);
    setAndReadBack(sqlite, "checkpoint_fullfsync", 1);
  }
  if (access === "read") setAndReadBack(sqlite, "query_only", 1);
}

/** A file that was restored from a copy is not in WAL mode. Who may only read leaves it so: what it reads is whole. */
function setJournalMode(sqlite: Database.Database, access: Access): void {
  const found = sqlite.pragma("journal_mode", { simple: true });
  if (found === "wal" || access === "read") return;
  setAndReadBack(sqlite, "journal_mode", "wal");
}

function readPageBytes(sqlite: Database.Database): number {
  return Number(sqlite.pragma("page_size", { simple: true }));
}

export function setAndReadBack(sqlite: Database.Database, pragma: string, value: number | string): void {
  sqlite.pragma(`${pragma} = ${value}`);
  const found = sqlite.pragma(pragma, { simple: true });
  // A build without memory mapping answers nothing.
  const isUnsupported = found === undefined && value === 0;
  assert(found === value || isUnsupported, `PRAGMA ${pragma} is ${value} after it was set; found ${String(found)}`);
}
