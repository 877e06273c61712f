/**
 * Deletes what a finished run has left in the rows, in steps.
 *
 * Owns: which rows belong to a run, and the order in which they go. Owns not: which runs go (engine/prune-runs.ts).
 *
 * P1  Keys are off while a step deletes: no index has the columns that point to `run`, `task` and `value` (each would cost
 *     the commits of every run), so SQLite would scan these tables for each row. A step deletes what points before
 *     what it points to; tests ask `foreign_key_check`.
 * P2  A run is marked before anything of it goes (`row_count` −1), so that a later prune finishes what was begun, and
 *     nobody retries it meanwhile. 0: it was pruned, and its decisions are kept (docs/decisions/011).
 * P3  Numbers are never used again: the newest run, checkpoint and event stay.
 */
import type { Store } from "./open-store.ts";
import { createPruneSearch, type PruneSearch } from "./prune-search.ts";
import { TASK_ROWS_PER_RUN } from "./task-id.ts";
import { withoutKeys } from "./without-keys.ts";

/** Deletes inside `transaction` alone. */
export interface PruneRows extends PruneSearch {
  /** Deletes inside; all or nothing. `fn` may not be async. */
  transaction<T>(fn: () => T): T;
  mark(runId: number): void;
  /** Deletes about so many rows of a marked run, and says how many it was worth; 0: all is gone, or all that goes. */
  deleteSome(runId: number, keepsDecisions: boolean, rowsMax: number): number;
  /** Deletes events of runs that are gone, and those before `beforeAt` that are of no run. Returns where to go on; null: nowhere. */
  deleteEvents(after: number, beforeAt: number, rowsMax: number): number | null;
  /** Definitions that no run and no workflow has any more. Only while no engine lives: they remember theirs. */
  deleteDefinitions(rowsMax: number): number;
  /** Engines that ended or were lost before an instant, and own nothing. */
  deleteEngines(beforeAt: number, rowsMax: number): number;
  /** Messages that were delivered or given up before an instant. */
  deleteNotices(beforeAt: number, rowsMax: number): number;
}

const LAST = TASK_ROWS_PER_RUN - 1;
const OF_RUN = `BETWEEN @id * ${TASK_ROWS_PER_RUN} AND @id * ${TASK_ROWS_PER_RUN} + ${LAST}`;
/** What counts as one more row: a large value costs as much as its pages, each of which is read to be freed. */
const VALUE_BYTES_PER_ROW = 16 * 1_024;

export function createPruneRows(store: Store): PruneRows {
  const { sqlite } = store;
  const values = sqlite.prepare("DELETE FROM value WHERE id IN (SELECT value FROM json_each(?))");
  const deleteValues = (ids: readonly (number | null)[]): void => {
    const found = ids.filter((id) => id !== null);
    if (found.length > 0) values.run(JSON.stringify(found));
  };
  return {
    transaction: (fn) => withoutKeys(sqlite, () => store.transaction(fn)), // P1
    ...createPruneSearch(store),
    mark: bind(sqlite.prepare("UPDATE run SET row_count = -1 WHERE id = ?")),
    deleteSome: createRunDeletion(store, deleteValues),
    ...createRest(store),
  };
}

function bind(statement: { run(id: number): unknown }): (id: number) => void {
  return (id) => void statement.run(id);
}

type DeleteValues = (ids: readonly (number | null)[]) => void;

interface TaskPart {
  readonly id: number;
  readonly outputId: number | null;
  readonly listId: number | null;
  readonly givenId: number | null;
  readonly bytes: number;
}

function createRunDeletion(store: Store, deleteValues: DeleteValues): PruneRows["deleteSome"] {
  const { sqlite } = store;
  const attempts = sqlite.prepare<[{ id: number; rowsMax: number }]>(
    `DELETE FROM attempt WHERE id IN (SELECT id FROM attempt WHERE task_id ${OF_RUN} LIMIT @rowsMax)`,
  );
  const holds = sqlite.prepare<[{ id: number }]>(`DELETE FROM hold WHERE task_id ${OF_RUN}`);
  const deleteTasks = createTaskDeletion(store, deleteValues);
  const deleteMapLists = createMapDeletion(store, deleteValues);
  const deleteCheckpoints = createCheckpointDeletion(store, deleteValues);
  const kept = sqlite.prepare<[number]>("UPDATE run SET row_count = 0 WHERE id = ? AND row_count <> 0");
  const slot = sqlite.prepare("UPDATE slot SET run_id = NULL WHERE run_id = ?");
  const inputId = sqlite.prepare<[number], number | null>("SELECT input_id FROM run WHERE id = ?").pluck();
  const run = sqlite.prepare<[number]>("DELETE FROM run WHERE id = ?");
  return (id, keepsDecisions, rowsMax) => {
    const ended = attempts.run({ id, rowsMax }).changes;
    if (ended > 0) return ended;
    holds.run({ id });
    const tasks = deleteTasks(id, keepsDecisions, rowsMax);
    if (tasks > 0) return tasks;
    if (keepsDecisions) return deleteMapLists(id, rowsMax) || kept.run(id).changes;
    const checkpoints = deleteCheckpoints(id, rowsMax);
    if (checkpoints > 0) return checkpoints;
    slot.run(id); // the ledger keeps its row
    deleteValues([inputId.get(id) ?? null]);
    return run.run(id).changes;
  };
}

/** Of a run whose decisions are kept, only instances that no checkpoint asks about: these are not what a person saw. */
function createTaskDeletion({ sqlite }: Store, deleteValues: DeleteValues) {
  const select = (where: string) =>
    sqlite.prepare<[{ id: number; rowsMax: number }], TaskPart>(
      `SELECT t.id, t.output_id AS outputId, t.list_id AS listId, t.given_id AS givenId,
         coalesce(o.bytes, 0) + coalesce(l.bytes, 0) + coalesce(g.bytes, 0) AS bytes
       FROM task AS t LEFT JOIN value AS o ON o.id = t.output_id LEFT JOIN value AS l ON l.id = t.list_id
         LEFT JOIN value AS g ON g.id = t.given_id
       WHERE ${where} ORDER BY t.id LIMIT @rowsMax`,
    );
  const all = select(`t.id ${OF_RUN}`);
  const instances = select(`t.id > @id * ${TASK_ROWS_PER_RUN} - 1 + (
      SELECT d.task_count FROM run AS r JOIN definition AS d ON d.id = r.definition_id WHERE r.id = @id)
    AND t.id <= @id * ${TASK_ROWS_PER_RUN} + ${LAST}
    AND NOT EXISTS (SELECT 1 FROM checkpoint AS c WHERE c.run_id = @id AND c.task_id = t.id)`);
  const tasks = sqlite.prepare("DELETE FROM task WHERE id IN (SELECT value FROM json_each(?))");
  return (id: number, keepsDecisions: boolean, rowsMax: number): number => {
    const found = (keepsDecisions ? instances : all).all({ id, rowsMax });
    const parts = takeSome(found, rowsMax);
    if (parts.length === 0) return 0;
    tasks.run(JSON.stringify(parts.map((part) => part.id)));
    deleteValues(parts.flatMap(listValueIds));
    return parts.reduce((sum, part) => sum + countRows(part), 0);
  };
}

function listValueIds({ outputId, listId, givenId }: TaskPart): number[] {
  return [outputId, listId, givenId].filter((id) => id !== null);
}

/** With its values; large ones count as several. */
function countRows(part: TaskPart): number {
  return 1 + listValueIds(part).length + Math.floor(part.bytes / VALUE_BYTES_PER_ROW);
}

/** The first of them, up to so many rows; at least one. */
function takeSome(parts: readonly TaskPart[], rowsMax: number): TaskPart[] {
  let rows = 0;
  const taken = parts.filter((part) => {
    rows += countRows(part);
    return rows <= rowsMax;
  });
  return taken.length === 0 ? parts.slice(0, 1) : taken;
}

/** A map whose instances are gone is no map any more: it has no output. */
function createMapDeletion({ sqlite }: Store, deleteValues: DeleteValues) {
  const maps = sqlite.prepare<[{ id: number; rowsMax: number }], { id: number; listId: number }>(
    `SELECT id, list_id AS listId FROM task WHERE id ${OF_RUN} AND list_id IS NOT NULL LIMIT @rowsMax`,
  );
  const clear = sqlite.prepare(
    "UPDATE task SET list_id = NULL, items_base = NULL, items_count = NULL WHERE id IN (SELECT value FROM json_each(?))",
  );
  return (id: number, rowsMax: number): number => {
    const found = maps.all({ id, rowsMax });
    if (found.length === 0) return 0;
    clear.run(JSON.stringify(found.map((map) => map.id)));
    deleteValues(found.map((map) => map.listId));
    return found.length;
  };
}

function createCheckpointDeletion({ sqlite }: Store, deleteValues: DeleteValues) {
  const select = sqlite.prepare<[number, number], { id: number; shownId: number | null; patchId: number | null }>(
    `SELECT c.id, c.shown_id AS shownId, d.patch_id AS patchId FROM checkpoint AS c
     LEFT JOIN decision AS d ON d.checkpoint_id = c.id WHERE c.run_id = ? LIMIT ?`,
  );
  const checkpoints = sqlite.prepare("DELETE FROM checkpoint WHERE id IN (SELECT value FROM json_each(?))");
  // The trigger lets a decision go only after its checkpoint.
  const decisions = sqlite.prepare("DELETE FROM decision WHERE checkpoint_id IN (SELECT value FROM json_each(?))");
  return (id: number, rowsMax: number): number => {
    const found = select.all(id, rowsMax);
    if (found.length === 0) return 0;
    const ids = JSON.stringify(found.map((row) => row.id));
    checkpoints.run(ids);
    decisions.run(ids);
    deleteValues(found.flatMap(({ shownId, patchId }) => [shownId, patchId]));
    return found.length;
  };
}

function createRest({ sqlite }: Store) {
  const end = sqlite
    .prepare<[number, number], number | null>(
      "SELECT max(id) FROM (SELECT id FROM event WHERE id > ? ORDER BY id LIMIT ?)",
    )
    .pluck();
  const events = sqlite.prepare<[{ after: number; end: number; beforeAt: number }]>(
    `DELETE FROM event WHERE id > @after AND id <= @end AND id < (SELECT max(id) FROM event) AND CASE
       WHEN run_id IS NOT NULL THEN NOT EXISTS (SELECT 1 FROM run AS r WHERE r.id = event.run_id AND r.row_count > 0)
       WHEN data LIKE '%"run":%' OR data LIKE '%"runs":%' THEN NOT EXISTS (
         SELECT 1 FROM json_each(event.data) AS f JOIN run AS r
         WHERE (r.id = f.value ->> 'run' OR r.id IN (SELECT value FROM json_each(f.value, '$.runs'))) AND r.row_count > 0)
       ELSE at < @beforeAt END`,
  );
  const definitions = sqlite.prepare<[number], number>(
    `SELECT id FROM definition AS d WHERE NOT EXISTS (SELECT 1 FROM workflow AS w WHERE w.definition_id = d.id)
       AND id NOT IN (SELECT definition_id FROM run) LIMIT ?`,
  );
  const taskNames = sqlite.prepare<[{ id: number; rowsMax: number }]>(
    `DELETE FROM definition_task WHERE definition_id = @id AND idx IN (
       SELECT idx FROM definition_task WHERE definition_id = @id LIMIT @rowsMax)`,
  );
  const definition = sqlite.prepare<[number]>("DELETE FROM definition WHERE id = ?");
  const engines = sqlite.prepare<[number, number]>(
    `DELETE FROM engine WHERE id IN (
       SELECT id FROM engine WHERE ended_at < ? AND (status = 'ended' OR status = 'lost')
         AND id < (SELECT max(id) FROM engine) AND id NOT IN (SELECT engine_id FROM run WHERE engine_id IS NOT NULL)
         AND id NOT IN (SELECT engine_id FROM hold) ORDER BY id LIMIT ?)`,
  );
  const notices = sqlite.prepare<[number, number]>(
    `DELETE FROM notice WHERE id IN (SELECT id FROM notice WHERE created_at < ? AND status <> 'pending' ORDER BY id LIMIT ?)`,
  );
  return {
    deleteEvents(after: number, beforeAt: number, rowsMax: number) {
      const next = end.get(after, rowsMax) ?? null;
      if (next !== null) events.run({ after, end: next, beforeAt });
      return next;
    },
    deleteDefinitions(rowsMax: number): number {
      const [id] = definitions.pluck().all(1);
      if (id === undefined) return 0;
      return taskNames.run({ id, rowsMax }).changes || definition.run(id).changes;
    },
    deleteEngines: (beforeAt: number, rowsMax: number) => engines.run(beforeAt, rowsMax).changes,
    deleteNotices: (beforeAt: number, rowsMax: number) => notices.run(beforeAt, rowsMax).changes,
  };
}
