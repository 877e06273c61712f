import { sql } from "drizzle-orm";
import { assert } from "../core/errors.ts";
import type { RunState } from "../core/run-state.ts";
import type { TaskNode } from "../core/task-node.ts";
import type { Store } from "./open-store.ts";
import { namePlaceholders, prepareHot, type SqlValue } from "./prepare-hot.ts";
import { task } from "./schema.ts";
import { getTaskId } from "./task-id.ts";
import { fitsInline, type ValueRows } from "./value-rows.ts";

/**
 * Writes changed rows: each once per transaction, and where many change alike, in one statement (3 times as fast as row
 * by row). Every statement names the status that the row had, and the number of rows is asserted: a row that is not as
 * memory has it stops the transaction.
 */

/** Fewer rows than this are quicker one by one. */
const BATCH_MIN = 4;

export interface TaskWrites {
  save(state: RunState): void;
}

export function createTaskWrites(store: Store, values: ValueRows): TaskWrites {
  const saveOne = prepareSaveOne(store, values);
  const batches = prepareBatches(store);
  return {
    save(state) {
      const groups = groupAlike(state.dirty);
      for (const [key, nodes] of groups) {
        if (key === "" || nodes.length < BATCH_MIN) for (const node of nodes) saveOne(state, node);
        else batches(state, nodes);
      }
      for (const node of state.dirty) settle(node);
      state.dirty = [];
    },
  };
}

/** Memory and row agree again. */
function settle(node: TaskNode): void {
  node.savedStatus = node.status;
  node.isDirty = false;
  node.newOutput = undefined;
  if (node.newGiven !== undefined) node.hasGiven = node.newGiven !== null;
  node.newGiven = undefined;
}

/** Nodes that change in the same way under one key; under "" those that are written one by one. */
function groupAlike(nodes: readonly TaskNode[]): Map<string, TaskNode[]> {
  const groups = new Map<string, TaskNode[]>();
  for (const node of nodes) {
    const key = findAlikeKey(node);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [node]);
    else group.push(node);
  }
  return groups;
}

function findAlikeKey(node: TaskNode): string {
  if (node.newGiven !== undefined || node.map !== null || node.wakeAt !== null) return "";
  if (node.attempt > 1 || node.tries > 0 || node.interruptions > 0 || node.step !== "body") return "";
  if (node.generation > 0 || node.revision > 0) return "";
  if (node.newOutput !== undefined && node.newOutput !== null) return "";
  return `${node.savedStatus}>${node.status}:${node.reason ?? ""}:${node.attempt}`;
}

const MUTABLE = [
  "status",
  "reason",
  "step",
  "generation",
  "attempt",
  "tries",
  "interruptions",
  "wakeAt",
  "revision",
  "startedAt",
  "finishedAt",
] as const;

type MutableRow = Readonly<Record<(typeof MUTABLE)[number] | "id" | "saved", SqlValue>>;

function prepareSaveOne(store: Store, values: ValueRows): (state: RunState, node: TaskNode) => void {
  const mutable = namePlaceholders(MUTABLE, sql.placeholder);
  const where = sql`${task.id} = ${sql.placeholder("id")} AND ${task.status} = ${sql.placeholder("saved")}`;
  const update = prepareHot<MutableRow>(store, store.db.update(task).set(mutable).where(where));
  const output = namePlaceholders(["output", "outputId"], sql.placeholder);
  const updateOutput = prepareHot<MutableRow & { output: SqlValue; outputId: SqlValue }>(
    store,
    store.db
      .update(task)
      .set({ ...mutable, ...output })
      .where(where),
  );
  const given = store.sqlite.prepare("UPDATE task SET given_id = ? WHERE id = ?");
  return (state, node) => {
    const id = getTaskId(state.id, node.index);
    const { newOutput, newGiven } = node;
    const row = { ...pickMutable(node), id, saved: node.savedStatus };
    const changed = newOutput === undefined ? update(row) : updateOutput({ ...row, ...placeOutput(newOutput, values) });
    assert(changed.changes === 1, `run ${state.id} task ${node.index}: its row is not ${node.savedStatus}`);
    if (newGiven !== undefined) given.run(newGiven === null ? null : values.insert(newGiven), id);
  };
}

/** A small output stays in its row, a large one becomes a value. */
function placeOutput(json: string | null, values: ValueRows): { output: string | null; outputId: number | null } {
  if (json === null || fitsInline(json)) return { output: json, outputId: null };
  return { output: null, outputId: values.insert(json) };
}

function pickMutable(node: TaskNode): Omit<MutableRow, "id" | "saved"> {
  const { status, reason, step, generation, attempt, tries, interruptions, wakeAt, revision } = node;
  const { startedAt, finishedAt } = node;
  return { status, reason, step, generation, attempt, tries, interruptions, wakeAt, revision, startedAt, finishedAt };
}

function prepareBatches(store: Store): (state: RunState, nodes: readonly TaskNode[]) => void {
  const update = store.sqlite.prepare(
    `UPDATE task SET status = @status, reason = @reason, attempt = @attempt, started_at = @startedAt, finished_at = @finishedAt
     WHERE id IN (SELECT value FROM json_each(@ids)) AND status = @saved`,
  );
  return (state, nodes) => {
    const [first] = nodes;
    if (first === undefined) return;
    const base = getTaskId(state.id, 0);
    const changes = update.run({
      status: first.status,
      reason: first.reason,
      attempt: first.attempt,
      startedAt: first.startedAt,
      finishedAt: first.finishedAt,
      saved: first.savedStatus,
      ids: `[${nodes.map((node) => base + node.index).join(",")}]`,
    }).changes;
    assert(changes === nodes.length, `run ${state.id}: ${changes} of ${nodes.length} rows were ${first.savedStatus}`);
  };
}
