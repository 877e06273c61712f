import type { Statement } from "better-sqlite3";
import { assert } from "../core/errors.ts";
import type { RunState } from "../core/run-state.ts";
import type { TaskNode } from "../core/task-node.ts";
import type { Store } from "./open-store.ts";
import { getTaskId } from "./task-id.ts";
import type { ValueRows } from "./value-rows.ts";

interface InstanceStatements {
  readonly insert: Statement;
  readonly note: Statement;
}

const PREPARED = new WeakMap<Store, InstanceStatements>();

function prepare(store: Store): InstanceStatements {
  const found = PREPARED.get(store);
  if (found !== undefined) return found;
  const statements = {
    insert: store.sqlite.prepare(
      `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < @count)
       INSERT INTO task (id, run_id, idx, parent_id, item, layer, status, generation)
       SELECT @first + i, @run, @base + i, @parent, i, @layer, 'ready', @generation FROM n`,
    ),
    note: store.sqlite.prepare("UPDATE task SET list_id = ?, items_base = ?, items_count = ? WHERE id = ?"),
  };
  PREPARED.set(store, statements);
  return statements;
}

/** A map was expanded: its list, and a row for each instance, born ready, in one block of ids. */
export function saveInstances(store: Store, values: ValueRows, state: RunState, node: TaskNode): void {
  const { map } = node;
  assert(map !== null && map.items !== null, `run ${state.id} task ${node.index}: a list that was just worked out`);
  const { insert, note } = prepare(store);
  const list = `{"items":[${map.items.join(",")}],"labels":${JSON.stringify(map.labels)}}`;
  const first = getTaskId(state.id, map.base);
  const parent = getTaskId(state.id, node.index);
  const { generation, layer } = node;
  insert.run({ count: map.count, first, run: state.id, base: map.base, parent, layer, generation });
  note.run(values.insert(list), map.base, map.count, parent);
  map.isSaved = true;
}
