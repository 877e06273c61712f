import { RUN_ROWS_MAX } from "../core/limits.ts";
import type { Store } from "./open-store.ts";

/** A row of `resource`: a capacity (slots are one, too), or a rate. `tat` is in microseconds. */
export interface ResourceRow {
  readonly name: string;
  readonly capacity: number | null;
  readonly rateCount: number | null;
  readonly rateWindowMs: number | null;
  readonly burst: number | null;
  readonly tat: number | null;
  readonly file: string;
}

export type ResourceDefinition = Omit<ResourceRow, "tat">;

/** A row of `hold` that asks: amount 0. Who asked first comes first, in the order of `seq`. */
export interface AskRow {
  readonly seq: number;
  readonly taskId: number;
  readonly resource: string;
  readonly engineId: number;
}

export interface HoldRow {
  readonly taskId: number;
  readonly resource: string;
  readonly amount: number;
}

/**
 * `resource`, and `hold`: what running attempts have of the capacities. A hold is written with the claim and goes with
 * the outcome, or with its lost engine. A row of amount 0 has nothing: an engine asks with it, of the other engines,
 * that they leave the resource to what it could not start.
 */
export interface ResourceRows {
  list(): ResourceRow[];
  find(name: string): ResourceRow | undefined;
  /** Inserts it, or changes what it is; what was taken of a rate stays taken. */
  define(definition: ResourceDefinition): void;
  setTat(name: string, tat: number): void;
  /** Amounts in use, by name. */
  listInUse(): Map<string, number>;
  listAsks(): AskRow[];
  /** What the tasks of one engine hold; without what it asks for. */
  listHeld(engineId: number): HoldRow[];
  hold(row: HoldRow, engineId: number): void;
  /** Returns the `seq` of the row. */
  ask(taskId: number, resource: string, engineId: number): number;
  withdraw(taskId: number, resource: string): void;
  release(taskIds: readonly number[]): void;
  releaseRun(runId: number): void;
  releaseEngine(engineId: number): void;
}

const COLUMNS = "name, capacity, rate_count AS rateCount, rate_window_ms AS rateWindowMs, burst, tat, file";

export function createResourceRows({ sqlite }: Store): ResourceRows {
  const list = sqlite.prepare<[], ResourceRow>(`SELECT ${COLUMNS} FROM resource ORDER BY name`);
  const find = sqlite.prepare<[string], ResourceRow>(`SELECT ${COLUMNS} FROM resource WHERE name = ?`);
  const define = sqlite.prepare(
    `INSERT INTO resource (name, capacity, rate_count, rate_window_ms, burst, file)
     VALUES (@name, @capacity, @rateCount, @rateWindowMs, @burst, @file)
     ON CONFLICT (name) DO UPDATE SET capacity = @capacity, rate_count = @rateCount, rate_window_ms = @rateWindowMs,
       burst = @burst, file = @file`,
  );
  const setTat = sqlite.prepare("UPDATE resource SET tat = ? WHERE name = ?");
  const inUse = sqlite.prepare<[], { resource: string; amount: number }>(
    "SELECT resource, sum(amount) AS amount FROM hold GROUP BY resource",
  );
  const asks = sqlite.prepare<[], AskRow>(
    "SELECT rowid AS seq, task_id AS taskId, resource, engine_id AS engineId FROM hold WHERE amount = 0 ORDER BY rowid",
  );
  const held = sqlite.prepare<[number], HoldRow>(
    "SELECT task_id AS taskId, resource, amount FROM hold WHERE engine_id = ? AND amount > 0",
  );
  const hold = sqlite.prepare(
    `INSERT INTO hold (task_id, resource, amount, engine_id) VALUES (@taskId, @resource, @amount, @engineId)
     ON CONFLICT (task_id, resource) DO UPDATE SET amount = @amount, engine_id = @engineId`,
  );
  const withdraw = sqlite.prepare("DELETE FROM hold WHERE task_id = ? AND resource = ? AND amount = 0");
  const release = sqlite.prepare("DELETE FROM hold WHERE task_id IN (SELECT value FROM json_each(?))");
  const releaseRun = sqlite.prepare("DELETE FROM hold WHERE task_id >= ? AND task_id < ?");
  const releaseEngine = sqlite.prepare("DELETE FROM hold WHERE engine_id = ?");
  return {
    list: () => list.all(),
    find: (name) => find.get(name),
    define: (definition) => void define.run(definition),
    setTat: (name, tat) => void setTat.run(tat, name),
    listInUse: () => new Map(inUse.all().map(({ resource, amount }) => [resource, amount])),
    listAsks: () => asks.all(),
    listHeld: (engineId) => held.all(engineId),
    hold: (row, engineId) => void hold.run({ ...row, engineId }),
    ask: (taskId, resource, engineId) => Number(hold.run({ taskId, resource, amount: 0, engineId }).lastInsertRowid),
    withdraw: (taskId, resource) => void withdraw.run(taskId, resource),
    release: (taskIds) => void release.run(JSON.stringify(taskIds)),
    releaseRun: (runId) => void releaseRun.run(runId * RUN_ROWS_MAX, (runId + 1) * RUN_ROWS_MAX),
    releaseEngine: (engineId) => void releaseEngine.run(engineId),
  };
}
