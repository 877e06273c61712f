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
/** Characters of an output that is kept in memory: at most 25 MiB for the largest run. */
const SHORT_OUTPUT_MAX = 256;

export interface TaskWrites {
  save(states: readonly RunState[]): void;
}

export function createTaskWrites(store: Store, values: ValueRows): TaskWrites {
  const saveOne = prepareSaveOne(store, values);
  const saveAlike = prepareSaveAlike(store);
  return {
    save(states) {
      for (const changes of groupAlike(states)) {
        const { key, ids, nodes } = changes;
        if (key === "") for (const [at, id] of ids.entries()) saveOne(id, nodes[at] as TaskNode);
        else saveAlike(changes);
      }
      for (const state of states) {
        for (const node of state.dirty) settle(node);
        state.dirty = [];
      }
    },
  };
}

/** Rows that change in the same way; under the key "" those that are written one by one. */
interface Changes {
  readonly key: string;
  readonly ids: number[];
  readonly nodes: TaskNode[];
}

/** Memory and row agree again. */
function settle(node: TaskNode): void {
  node.savedStatus = node.status;
  node.isDirty = false;
  if (node.newOutput !== undefined) node.shortOutput = keepShort(node.newOutput);
  node.newOutput = undefined;
  if (node.newGiven !== undefined) node.hasGiven = node.newGiven !== null;
  node.newGiven = undefined;
  node.dropsList = false;
}

function keepShort(output: string | null): string | undefined {
  return output !== null && output.length <= SHORT_OUTPUT_MAX ? output : undefined;
}

function groupAlike(states: readonly RunState[]): Iterable<Changes> {
  const groups = new Map<string, Changes>();
  for (const state of states) {
    const base = getTaskId(state.id, 0);
    for (const node of state.dirty) {
      const key = findAlikeKey(node);
      let group = groups.get(key);
      if (group === undefined) {
        group = { key, ids: [], nodes: [] };
        groups.set(key, group);
      }
      group.ids.push(base + node.index);
      group.nodes.push(node);
    }
  }
  return groups.values();
}

function findAlikeKey(node: TaskNode): string {
  if (node.newGiven !== undefined || node.map !== null || node.dropsList || node.wakeAt !== null) return "";
  if (node.attempt > 1 || node.tries > 0 || node.interruptions > 0 || node.step !== "body") return "";
  if (node.generation > 0 || node.revision > 0) return "";
  const hasOutput = typeof node.newOutput === "string";
  if (typeof node.newOutput === "string" && !fitsInline(node.newOutput)) return "";
  const output = hasOutput ? ":output" : "";
  return `${node.savedStatus}>${node.status}:${node.reason ?? ""}:${node.attempt}:${node.startedAt}:${node.finishedAt}${output}`;
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

function prepareSaveOne(store: Store, values: ValueRows): (id: number, node: TaskNode) => void {
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
  const dropList = store.sqlite.prepare(
    "UPDATE task SET list_id = NULL, items_base = NULL, items_count = NULL WHERE id = ?",
  );
  return (id, node) => {
    const { newOutput, newGiven } = node;
    const row = { ...pickMutable(node), id, saved: node.savedStatus };
    const changed = newOutput === undefined ? update(row) : updateOutput({ ...row, ...placeOutput(newOutput, values) });
    assert(changed.changes === 1, `task ${id}: its row is not ${node.savedStatus}`);
    if (newGiven !== undefined) given.run(newGiven === null ? null : values.insert(newGiven), id);
    if (node.dropsList && node.map === null) dropList.run(id);
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

/**
 * What a key of `findAlikeKey` leaves out is at its beginning in memory, and is put there in the rows: a reset may have.
 * Each parameter of a statement costs, so the few rows of a step of a chain are written by the same short statements.
 */
function prepareSaveAlike({ sqlite }: Store): (changes: Changes) => void {
  const set = `UPDATE task SET status = ?, reason = ?, attempt = ?, started_at = ?, finished_at = ?, tries = 0,
    interruptions = 0, step = 'body', wake_at = NULL`;
  const one = sqlite.prepare(`${set} WHERE id = ? AND status = ?`);
  const oneDone = sqlite.prepare(`${set}, output = ? WHERE id = ? AND status = ?`);
  const many = sqlite.prepare(`${set} WHERE id IN (SELECT value FROM json_each(?)) AND status = ?`);
  const manyDone = sqlite.prepare(
    `${set}, output = done.value FROM json_each(?) AS done WHERE task.id = CAST(done.key AS INTEGER) AND status = ?`,
  );
  return ({ ids, nodes }) => {
    const [first] = nodes;
    if (first === undefined) return;
    const { status, reason, attempt, startedAt, finishedAt, savedStatus: saved } = first;
    const isDone = typeof first.newOutput === "string";
    const write = (statement: typeof one, ...rest: readonly SqlValue[]): number =>
      statement.run(status, reason, attempt, startedAt, finishedAt, ...rest, saved).changes;
    let count = 0;
    if (ids.length >= BATCH_MIN)
      count = isDone ? write(manyDone, toOutputs(ids, nodes)) : write(many, JSON.stringify(ids));
    else if (isDone) for (const [at, id] of ids.entries()) count += write(oneDone, nodes[at]?.newOutput ?? null, id);
    else for (const id of ids) count += write(one, id);
    assert(count === ids.length, `${count} of ${ids.length} rows of tasks were ${saved}`);
  };
}

/** A JSON object: id → output, as text. */
function toOutputs(ids: readonly number[], nodes: readonly TaskNode[]): string {
  const entries = ids.map((id, at) => `"${id}":${JSON.stringify(nodes[at]?.newOutput)}`);
  return `{${entries.join(",")}}`;
}
