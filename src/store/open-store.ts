/**
 * The one way to open a database (engine.md 4).
 *
 * Owns: one connection, its pragmas, its transactions. Owns not: statements (one file of queries per aggregate) and what
 * they mean.
 *
 * D1  While a process has the database open, nothing in it opens `*.db*` or `engines/*` through `fs`: closing any
 *     descriptor of such a file drops the locks that SQLite holds there. Allowed are stat, access, chmod, chown, unlink,
 *     and `open("wx")`, which creates.
 * D2  Every connection is FULL (or NORMAL when asked), with keys on, and has read that back.
 * D3  Transactions begin IMMEDIATE, never nest, and hold no await.
 * D4  After a failure of the disk, or damage, what was recorded is not known until the file is opened again: this store
 *     begins no further transaction.
 */
import { statSync } from "node:fs";
import { resolve } from "node:path";
import type { Database, Statement } from "better-sqlite3";
import { type BetterSQLite3Database, drizzle } from "drizzle-orm/better-sqlite3";
import { DatabaseError } from "../core/errors.ts";
import type { Clock } from "../core/ports.ts";
import { compareMigrations } from "./applied-migrations.ts";
import { type Access, connect, type Sync, setUp } from "./connection.ts";

import { assertDatabaseExists, createDatabaseFile } from "./file-modes.ts";
import { migrate } from "./migrate.ts";
import { readMigrations } from "./migration-files.ts";
import { type FileSystemReader, refuseNetworkFileSystem } from "./network-file-system.ts";
import { retryBusy } from "./retry-busy.ts";
import * as rows from "./schema.ts";
import * as decisions from "./schema-decisions.ts";
import * as notices from "./schema-notices.ts";
import * as resources from "./schema-resources.ts";
import * as schedules from "./schema-schedules.ts";
import { createTransactions } from "./transactions.ts";
import { translateSqliteError } from "./translate-sqlite-error.ts";
import { extendWal, truncateWal } from "./wal-length.ts";

const SCHEMA = { ...rows, ...decisions, ...schedules, ...resources, ...notices };

export interface StoreOptions {
  readonly path: string;
  readonly access: Access;
  readonly clock: Clock;
  /** Default `full`. */
  readonly sync?: Sync | undefined;
  /** A group that may read and write, too: name or number. */
  readonly group?: string | undefined;
  /** Makes commits of a long-lived engine twice as quick, for 14 ms at the start. */
  readonly extendWal?: boolean | undefined;
  /** Asked before an existing file is migrated: the lock file of an engine that lives on it, if any does. */
  readonly findLiveEngine?: (() => string | undefined) | undefined;
  /** Default: those of the package. */
  readonly migrationsDir?: string | undefined;
  /** Default: the machine's. */
  readonly fileSystem?: Partial<FileSystemReader> | undefined;
}

export interface Store {
  /** Absolute. */
  readonly path: string;
  readonly db: BetterSQLite3Database<typeof SCHEMA>;
  readonly sqlite: Database;
  /** All or nothing, begun IMMEDIATE. `fn` may not be async, and may not begin another one. Throws DatabaseError. */
  transaction<T>(fn: () => T): T;
  /** The same for who has no loop of its own: tries each 0.3 ms, for 10 s, to get its turn beside an engine. */
  writeTransaction<T>(fn: () => T): Promise<T>;
  /** Changes whenever another connection has committed (4 µs). */
  dataVersion(): number;
  /** Gives a WAL that has grown past 64 MiB back to the disk. For idle moments; does nothing beside other readers. */
  truncateWal(): void;
  /** False once another file, or none, lies at `path`: what is written then is seen by nobody who opens it later. */
  isInPlace(): boolean;
  /** May be called twice. */
  close(): void;
}

/**
 * Opens the database at `path`; unless `read`, creates and migrates it as needed.
 *
 * Throws DatabaseError (exit 5): `database_missing` and `database_older` for `read`; `database_newer`,
 * `database_other_build`, `database_not_lockstep`, `database_not_a_database`, `database_corrupt`, `database_locked`,
 * `database_full`, `database_readonly`, `database_permission`, `database_network`, `database_symlink`, `database_in_use`
 * (must be migrated, but an engine lives), `database_io`, `database_cannot_open`, `database_group`, `database_path`.
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const path = resolve(options.path);
  if (path !== path.trim()) {
    throw new DatabaseError("database_path", `The name of a database may not end in a space; found "${path}"`);
  }
  await refuseNetworkFileSystem(path, options.fileSystem);
  if (options.access === "read") assertDatabaseExists(path);
  else createDatabaseFile(path, options.group);
  let sqlite: Database | undefined;
  try {
    sqlite = await openConnection(path, options);
    return createStore(path, sqlite, options.clock);
  } catch (error) {
    sqlite?.close();
    throw translateSqliteError(error, path);
  }
}

async function openConnection(path: string, options: StoreOptions): Promise<Database> {
  const { access, clock, sync = "full", findLiveEngine } = options;
  const sqlite = connect(path, access);
  try {
    const migrations = readMigrations(options.migrationsDir);
    // Looks before it changes anything: a file that is not ours keeps even its journal mode.
    await retryBusy(clock, () => compareMigrations(sqlite, migrations));
    await retryBusy(clock, () => setUp(sqlite, access, sync)); // D2
    await migrate(sqlite, { migrations, access, clock, findLiveEngine });
    if (options.extendWal) extendWal(sqlite);
    return sqlite;
  } catch (error) {
    sqlite.close();
    throw error;
  }
}

function createStore(path: string, sqlite: Database, clock: Clock): Store {
  const transactions = createTransactions(path, sqlite);
  const dataVersion: Statement<[], number> = sqlite.prepare<[], number>("PRAGMA data_version").pluck();
  const opened = statSync(path, { bigint: true }); // D1 allows it
  return {
    path,
    sqlite,
    db: drizzle(sqlite, { schema: SCHEMA, casing: "snake_case" }),
    transaction: transactions.run,
    writeTransaction: (fn) => retryBusy(clock, () => transactions.run(fn)),
    dataVersion: () => Number(dataVersion.get()),
    truncateWal: () => truncateWal(sqlite),
    isInPlace() {
      const found = statSync(path, { bigint: true, throwIfNoEntry: false });
      return found?.ino === opened.ino && found.dev === opened.dev;
    },
    close: () => void sqlite.close(),
  };
}
