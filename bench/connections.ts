/**
 * The `synchronous` setting of every SQLite connection that this process opens, read back from SQLite itself.
 *
 * Owns the list of connections seen. It learns of one when a statement is first prepared on it, so that whoever opened
 * it, Lockstep or the baseline, cannot be left out.
 */
import { basename } from "node:path";
import Database from "better-sqlite3";

export interface ConnectionSettings {
  readonly openedBy: string;
  /** The name of the file, without its folder. */
  readonly file: string;
  /** 0 off, 1 normal, 2 full, 3 extra. */
  readonly synchronous: number;
}

const seen = new Map<Database.Database, string>();
let opener = "unknown";

/** From now on connections are noted, as opened by whom `setOpener` named last. */
export function watchConnections(): void {
  Database.prototype.prepare = new Proxy(Database.prototype.prepare, {
    apply: (prepare, connection: Database.Database, args: unknown[]) => {
      if (!seen.has(connection)) seen.set(connection, opener);
      return Reflect.apply(prepare, connection, args);
    },
  });
}

export function setOpener(name: string): void {
  opener = name;
}

/** Asks each connection that is open now, and forgets those that were closed. */
export function readConnections(): ConnectionSettings[] {
  const found: ConnectionSettings[] = [];
  for (const [connection, openedBy] of seen) {
    if (!connection.open) {
      seen.delete(connection);
      continue;
    }
    const synchronous = readNumber(connection.pragma("synchronous", { simple: true }));
    found.push({ openedBy, file: basename(connection.name), synchronous });
  }
  return found;
}

export function readNumber(value: unknown): number {
  if (typeof value !== "number") throw new TypeError(`expected a number from SQLite, found ${String(value)}`);
  return value;
}
