import { eq } from "drizzle-orm";
import { assert } from "../core/errors.ts";
import type { WorkflowSpec } from "../core/workflow-spec.ts";
import type { Store } from "./open-store.ts";
import { definition } from "./schema.ts";
import { TASK_ROWS_PER_RUN } from "./task-id.ts";

export interface SavedDefinition {
  readonly id: number;
  readonly hash: string;
  readonly spec: WorkflowSpec;
}

/** `definition` and `definition_task`: each graph once, however many runs have it. Never changed. */
export interface DefinitionRows {
  /** The row of this spec; inserts it where it is new. `layers`: by task index. */
  getOrInsert(hash: string, specJson: string, spec: WorkflowSpec, layers: ArrayLike<number>, now: number): number;
  get(id: number): SavedDefinition;
  /** Medians of the durations in the last runs, by task index; undefined where there are none, or too many tasks. */
  listMedianMs(id: number): (number | undefined)[] | undefined;
}

export function createDefinitionRows(store: Store): DefinitionRows {
  const { db, sqlite } = store;
  const findByHash = sqlite.prepare<[string], number>("SELECT id FROM definition WHERE hash = ?").pluck();
  const insertTasks = sqlite.prepare(
    `INSERT INTO definition_task (definition_id, idx, name, layer)
     SELECT ?, key, value ->> 0, value ->> 1 FROM json_each(?)`,
  );
  return {
    getOrInsert(hash, specJson, spec, layers, now) {
      const found = findByHash.get(hash);
      if (found !== undefined) return found;
      const row = { hash, workflow: spec.name, spec: specJson, taskCount: spec.tasks.length, createdAt: now };
      const id = Number(db.insert(definition).values(row).run().lastInsertRowid);
      insertTasks.run(id, JSON.stringify(spec.tasks.map((task, index) => [task.id, layers[index]])));
      return id;
    },
    listMedianMs: (id) => listMedianMs(store, id),
    get(id) {
      const row = db.select().from(definition).where(eq(definition.id, id)).get();
      assert(row !== undefined, `definition ${id} is referred to and exists`);
      return { id, hash: row.hash, spec: JSON.parse(row.spec) as WorkflowSpec };
    },
  };
}

/** Runs that the medians look at, and the most tasks for which it is worth while. */
const MEDIAN_RUNS = 10;
const MEDIAN_TASKS_MAX = 2_000;

function listMedianMs({ sqlite }: Store, id: number): (number | undefined)[] | undefined {
  const count = sqlite.prepare<[number], number>("SELECT task_count FROM definition WHERE id = ?").pluck().get(id) ?? 0;
  if (count > MEDIAN_TASKS_MAX) return undefined;
  const rows = sqlite
    .prepare<[{ id: number; runs: number; last: number }], { idx: number; ms: number }>(
      `SELECT t.idx, t.finished_at - t.started_at AS ms
       FROM (SELECT id, definition_id, status FROM run
             WHERE workflow = (SELECT workflow FROM definition WHERE id = @id) ORDER BY id DESC LIMIT @runs) AS r
       JOIN task AS t ON t.id BETWEEN r.id * ${TASK_ROWS_PER_RUN} AND r.id * ${TASK_ROWS_PER_RUN} + @last
       WHERE r.definition_id = @id AND r.status = 'succeeded' AND t.status = 'succeeded' AND t.started_at IS NOT NULL`,
    )
    .all({ id, runs: MEDIAN_RUNS, last: count - 1 });
  if (rows.length === 0) return undefined;
  const byTask: number[][] = Array.from({ length: count }, () => []);
  for (const row of rows) byTask[row.idx]?.push(row.ms);
  return byTask.map((durations) => durations.sort((a, b) => a - b)[durations.length >> 1]);
}
