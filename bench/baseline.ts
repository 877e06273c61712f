/**
 * What someone would write by hand instead of using an engine: p-limit, better-sqlite3, and one committed row per step
 * at FULL. It looks nothing up, plans nothing, retries nothing; it is the floor that Lockstep is measured against.
 *
 * The WAL is `fresh` (commits append to it, and the file grows) or `warm` (it was extended before, and commits overwrite).
 */
import { statSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import pLimit from "p-limit";
import { readNumber } from "./connections.ts";
import { type Contender, type Session, Tally } from "./contender.ts";

export type Wal = "fresh" | "warm";

/** FULL: the WAL is synchronized after each commit. */
const FULL = 2;
/** As far as a WAL grows before SQLite checkpoints it and begins again: 1,000 pages. */
const WAL_BYTES = 4_096_000;
const CONCURRENCY = 1_000;

/**
 * With `runRow`, a run begins with a committed row of its own, as it must where the run has to survive a crash that
 * comes before its first step has ended. Without it, only steps are recorded.
 */
export function baseline(wal: Wal, options: { runRow?: boolean } = {}): Contender {
  const runRow = options.runRow ?? false;
  return {
    name: `by hand, ${wal} WAL${runRow ? ", run's row first" : ""}`,
    open: async (folder) => new BaselineSession(join(folder, "baseline.db"), wal, runRow),
  };
}

class BaselineSession implements Session {
  readonly #db: Database.Database;
  readonly #insertRun: Database.Statement;
  readonly #insertStep: Database.Statement;
  readonly #limit = pLimit(CONCURRENCY);
  readonly #tally = new Tally();
  readonly #runRow: boolean;
  #runs = 0;

  constructor(file: string, wal: Wal, runRow: boolean) {
    this.#db = openAtFull(file);
    this.#runRow = runRow;
    this.#db.exec(`
      CREATE TABLE run (id INTEGER PRIMARY KEY, name TEXT NOT NULL, created_at INTEGER NOT NULL);
      CREATE TABLE step (run INTEGER, number INTEGER, output TEXT, finished_at INTEGER, PRIMARY KEY (run, number)) WITHOUT ROWID;
    `);
    this.#insertRun = this.#db.prepare("INSERT INTO run VALUES (?, ?, ?)");
    this.#insertStep = this.#db.prepare("INSERT INTO step VALUES (?, ?, ?, ?)");
    if (wal === "warm") extendWal(this.#db, file);
  }

  warmUp(): Promise<number> {
    return this.runChain(3);
  }

  async runChain(tasks: number): Promise<number> {
    const startedAt = performance.now();
    await this.#chain(this.#startRun(), tasks);
    return this.#finish(startedAt, tasks);
  }

  async runFan(width: number): Promise<number> {
    const startedAt = performance.now();
    const run = this.#startRun();
    await this.#step(run, 0);
    await Promise.all(Array.from({ length: width }, (_, index) => this.#step(run, index + 1)));
    await this.#step(run, width + 1);
    return this.#finish(startedAt, width + 2);
  }

  async runMany(runs: number, tasks: number): Promise<number> {
    const startedAt = performance.now();
    await Promise.all(Array.from({ length: runs }, () => this.#chain(this.#startRun(), tasks)));
    return this.#finish(startedAt, runs * tasks);
  }

  async runSingles(runs: number): Promise<number[]> {
    const timesMs: number[] = [];
    for (let index = 0; index < runs; index += 1) {
      const startedAt = performance.now();
      await this.#step(this.#startRun(), 0);
      timesMs.push(this.#finish(startedAt, 1));
    }
    return timesMs;
  }

  async close(): Promise<void> {
    this.#db.close();
  }

  async #chain(run: number, tasks: number): Promise<void> {
    for (let number = 0; number < tasks; number += 1) await this.#step(run, number);
  }

  #startRun(): number {
    this.#runs += 1;
    if (this.#runRow) this.#insertRun.run(this.#runs, "bench", Date.now());
    return this.#runs;
  }

  #step(run: number, number: number): Promise<void> {
    return this.#limit(async () => {
      const output = JSON.stringify(await this.#tally.work());
      this.#insertStep.run(run, number, output, Date.now());
    });
  }

  #finish(startedAt: number, tasks: number): number {
    const tookMs = performance.now() - startedAt;
    this.#tally.expect(tasks);
    return tookMs;
  }
}

function openAtFull(file: string): Database.Database {
  const db = new Database(file);
  db.pragma("journal_mode = wal");
  db.pragma("synchronous = full");
  const synchronous = readNumber(db.pragma("synchronous", { simple: true }));
  if (synchronous !== FULL) throw new Error(`expected synchronous ${FULL}, found ${synchronous}`);
  return db;
}

/** A large transaction that is rolled back leaves the WAL at its full length and nothing in the database. */
function extendWal(db: Database.Database, file: string): void {
  const cacheSize = readNumber(db.pragma("cache_size", { simple: true }));
  db.pragma("cache_size = 20");
  db.exec("BEGIN IMMEDIATE; CREATE TABLE spill (filling BLOB)");
  const fill = db.prepare("INSERT INTO spill VALUES (zeroblob(4000))");
  for (let bytes = 0; bytes < WAL_BYTES * 1.1; bytes += 4_096) fill.run();
  db.exec("ROLLBACK");
  db.pragma(`cache_size = ${cacheSize}`);
  const { size } = statSync(`${file}-wal`);
  if (size < WAL_BYTES) throw new Error(`expected a WAL of at least ${WAL_BYTES} bytes, found ${size}`);
}
