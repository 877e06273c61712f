import { eq } from "drizzle-orm";
import { assert } from "../core/errors.ts";
import type { WorkflowSpec } from "../core/workflow-spec.ts";
import type { Store } from "./open-store.ts";
import { definition } from "./schema.ts";

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
    get(id) {
      const row = db.select().from(definition).where(eq(definition.id, id)).get();
      assert(row !== undefined, `definition ${id} is referred to and exists`);
      return { id, hash: row.hash, spec: JSON.parse(row.spec) as WorkflowSpec };
    },
  };
}
