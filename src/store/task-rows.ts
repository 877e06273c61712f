import type { SavedTask } from "../core/restore-run.ts";
import type { RunState } from "../core/run-state.ts";
import type { TaskNode } from "../core/task-node.ts";
import type { TaskStatus } from "../core/task-status.ts";
import type { Store } from "./open-store.ts";
import { getTaskId, TASK_ROWS_PER_RUN } from "./task-id.ts";
import { createTaskInserts } from "./task-inserts.ts";
import { saveInstances } from "./task-instances.ts";
import { createTaskWrites } from "./task-writes.ts";
import type { ValueRows } from "./value-rows.ts";

/** `task`: a row for each declared task of a run and for each instance of its maps. Only the run's owner writes them. */
export interface TaskRows {
  /** The declared tasks of new runs, all pending: from the template of their definition, in one statement. */
  insertAll(states: readonly RunState[]): void;
  /** Writes each changed row once, asserting the status that it had. Afterwards memory and rows agree. */
  save(states: readonly RunState[]): void;
  /** All rows of a run in the order of `idx`. */
  list(runId: number): SavedTask[];
  /** The recorded output; null: none. That of a map is put together of its instances. */
  getOutput(runId: number, node: TaskNode): string | null;
  /** The same, of a run that is not in memory. */
  getOutputAt(runId: number, index: number): string | null;
  /** The status of a row. */
  findStatus(runId: number, index: number): TaskStatus | undefined;
  /** The id of a declared task by its name, or of an instance of it; null: there is none. */
  findId(runId: number, name: string, item: number | null): number | null;
  /** Of an instance: the index of its map and its place in the list. */
  findInstance(runId: number, index: number): { parent: number; item: number } | undefined;
  /** The list of an expanded map. */
  getList(runId: number, node: TaskNode): { items: string[]; labels: string[] | null };
  /** JSON of what a decision gave to the next attempt, or null. */
  getGiven(runId: number, node: TaskNode): string | null;
}

interface SavedOutput {
  readonly output: string | null;
  readonly outputId: number | null;
  readonly itemsBase: number | null;
  readonly itemsCount: number | null;
}

const COLUMNS = `idx, item, status, reason, step, generation, attempt, tries, interruptions, wake_at AS wakeAt,
  started_at AS startedAt, finished_at AS finishedAt, revision, items_base AS itemsBase, items_count AS itemsCount,
  given_id AS givenId`;

export function createTaskRows(store: Store, values: ValueRows): TaskRows {
  const { sqlite } = store;
  const list = sqlite.prepare<[number, number], SavedTask>(
    `SELECT ${COLUMNS} FROM task WHERE id BETWEEN ? AND ? ORDER BY id`,
  );
  const output = sqlite.prepare<[number], SavedOutput>(
    "SELECT output, output_id AS outputId, items_base AS itemsBase, items_count AS itemsCount FROM task WHERE id = ?",
  );
  const outputs = sqlite.prepare<[number, number], { status: string; output: string | null; outputId: number | null }>(
    "SELECT status, output, output_id AS outputId FROM task WHERE id BETWEEN ? AND ? ORDER BY id",
  );
  const place = sqlite.prepare<[number], { status: TaskStatus; parentId: number | null; item: number | null }>(
    "SELECT status, parent_id AS parentId, item FROM task WHERE id = ?",
  );
  const named = sqlite.prepare<[number, string], { id: number; itemsBase: number | null; itemsCount: number | null }>(
    `SELECT t.id, t.items_base AS itemsBase, t.items_count AS itemsCount
     FROM run AS r JOIN definition_task AS d ON d.definition_id = r.definition_id
     JOIN task AS t ON t.id = r.id * ${TASK_ROWS_PER_RUN} + d.idx WHERE r.id = ? AND d.name = ?`,
  );
  const listId = sqlite.prepare<[number], number>("SELECT list_id FROM task WHERE id = ?").pluck();
  const givenId = sqlite.prepare<[number], number | null>("SELECT given_id FROM task WHERE id = ?").pluck();
  const writes = createTaskWrites(store, values);
  const getOutputAt = (runId: number, index: number): string | null => {
    const own = output.get(getTaskId(runId, index));
    if (own === undefined) return null;
    const text = readOutput(own);
    if (text !== null || own.itemsBase === null) return text;
    const from = getTaskId(runId, own.itemsBase);
    const rows = outputs.all(from, from + (own.itemsCount ?? 0) - 1);
    return `[${rows.map((row) => readOutput(row) ?? "null").join(",")}]`;
  };
  const readOutput = (row: { output: string | null; outputId: number | null }): string | null =>
    row.output ?? (row.outputId === null ? null : values.get(row.outputId));

  return {
    insertAll: createTaskInserts(store),
    save(states) {
      for (const state of states) {
        for (const node of state.dirty) {
          if (node.map !== null && !node.map.isSaved) saveInstances(store, values, state, node);
        }
      }
      writes.save(states);
    },
    list: (runId) => list.all(getTaskId(runId, 0), getTaskId(runId + 1, 0) - 1),
    getOutput: (runId, node) => getOutputAt(runId, node.index),
    getOutputAt,
    findStatus: (runId, index) => place.get(getTaskId(runId, index))?.status,
    findId(runId, name, item) {
      const row = named.get(runId, name);
      if (row === undefined || item === null) return row?.id ?? null;
      const { itemsBase, itemsCount } = row;
      return itemsBase === null || item >= (itemsCount ?? 0) ? null : getTaskId(runId, itemsBase + item);
    },
    findInstance(runId, index) {
      const row = place.get(getTaskId(runId, index));
      if (row === undefined || row.parentId === null || row.item === null) return undefined;
      return { parent: row.parentId - getTaskId(runId, 0), item: row.item };
    },
    getList(runId, node) {
      const id = listId.get(getTaskId(runId, node.index));
      const parsed = JSON.parse(id === undefined ? '{"items":[],"labels":null}' : values.get(id)) as {
        items: unknown[];
        labels: string[] | null;
      };
      return { items: parsed.items.map((item) => JSON.stringify(item)), labels: parsed.labels };
    },
    getGiven(runId, node) {
      const id = givenId.get(getTaskId(runId, node.index)) ?? null;
      return id === null ? null : values.get(id);
    },
  };
}
