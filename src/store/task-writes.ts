import { sql } from "drizzle-orm";
import { assert } from "../core/errors.ts";
import type { RunState } from "../core/run-state.ts";
import type { TaskNode } from "../core/task-node.ts";
import { BATCH_MIN, groupAlike } from "./group-alike.ts";
import type { Store } from "./open-store.ts";
import { namePlaceholders, prepareHot, type SqlValue } from "./prepare-hot.ts";
import { task } from "./schema.ts";
import { splitSeries } from "./series.ts";
import { getTaskId, TASK_ROWS_PER_RUN } from "./task-id.ts";
import { fitsInline, type ValueRows } from "./value-rows.ts";

/**
 * Writes changed rows, each once per transaction. Every statement names the status that the row had, and the number of
 * rows is asserted: a row that is not as memory has it stops the transaction.
 *
 * What nearly all tasks do has statements of few parameters, because each of them costs; where many tasks do alike, it is
 * one statement for all.
 */

/** Characters of an output that is kept in memory: at most 25 MiB for the largest run. */
const SHORT_OUTPUT_MAX = 256;

export interface TaskWrites {
  save(states: readonly RunState[]): void;
}

/** A row to write. */
interface Change {
  readonly id: number;
  readonly node: TaskNode;
  /** Rows of its run. */
  readonly rowCount: number;
}

export function createTaskWrites(store: Store, values: ValueRows): TaskWrites {
  const saveAny = prepareSaveAny(store, values);
  const savePlain = prepareSavePlain(store);
  const saveAlike = prepareSaveAlike(store);
  const saveOne = (save: SaveTask, change: Change): void => {
    assert(save(change) === 1, `task ${change.id}: its row is not ${change.node.savedStatus}`);
  };
  return {
    save(states) {
      const plain: Change[] = [];
      for (const change of listChanges(states)) {
        if (isPlain(change.node)) plain.push(change);
        else saveOne(saveAny, change);
      }
      for (const alike of groupAlike(plain, isAlike)) {
        if (alike.length < BATCH_MIN) for (const change of alike) saveOne(savePlain, change);
        else saveAlike(alike);
      }
      for (const state of states) {
        for (const node of state.dirty) settle(node);
        state.dirty = [];
      }
    },
  };
}

function listChanges(states: readonly RunState[]): Change[] {
  const changes: Change[] = [];
  for (const { id, dirty, rowCount } of states) {
    const base = getTaskId(id, 0);
    for (const node of dirty) changes.push({ id: base + node.index, node, rowCount });
  }
  return changes;
}

/** Of plain ones. */
function isAlike({ node: one }: Change, { node: other }: Change): boolean {
  return (
    one.status === other.status &&
    one.savedStatus === other.savedStatus &&
    one.reason === other.reason &&
    one.attempt === other.attempt &&
    one.startedAt === other.startedAt &&
    one.finishedAt === other.finishedAt &&
    (typeof one.newOutput === "string") === (typeof other.newOutput === "string")
  );
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

/** On its first attempt or before it, and nothing was ever decided about it. */
function isPlain(node: TaskNode): boolean {
  return (
    node.attempt <= 1 &&
    node.tries === 0 &&
    node.interruptions === 0 &&
    node.generation === 0 &&
    node.revision === 0 &&
    node.step === "body" &&
    node.map === null &&
    node.wakeAt === null &&
    node.newGiven === undefined &&
    !node.dropsList &&
    (typeof node.newOutput !== "string" || fitsInline(node.newOutput))
  );
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

/** Returns how many rows were changed. */
type SaveTask = (change: Change) => number;

type MutableRow = Readonly<Record<(typeof MUTABLE)[number] | "id" | "saved", SqlValue>>;

/** Whatever has changed of it. */
function prepareSaveAny(store: Store, values: ValueRows): SaveTask {
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
  return ({ id, node }) => {
    const { newOutput, newGiven } = node;
    const row = { ...pickMutable(node), id, saved: node.savedStatus };
    const changed = newOutput === undefined ? update(row) : updateOutput({ ...row, ...placeOutput(newOutput, values) });
    if (newGiven !== undefined) given.run(newGiven === null ? null : values.insert(newGiven), id);
    if (node.dropsList && node.map === null) dropList.run(id);
    return changed.changes;
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

/** What `isPlain` asks for is so in memory, and is put so in the row: a reset may have changed it. */
const SET_PLAIN = "UPDATE task SET tries = 0, interruptions = 0, step = 'body', wake_at = NULL, started_at = ?";

function prepareSavePlain({ sqlite }: Store): SaveTask {
  const where = "WHERE id = ? AND status = ?";
  const first = `${SET_PLAIN}, reason = NULL, attempt = 1`;
  const start = sqlite.prepare(`${first}, status = 'running', finished_at = NULL ${where}`);
  const succeed = sqlite.prepare(`${first}, status = 'succeeded', finished_at = ?, output = ? ${where}`);
  const other = `${SET_PLAIN}, status = ?, reason = ?, attempt = ?, finished_at = ?`;
  const rest = sqlite.prepare(`${other} ${where}`);
  const restDone = sqlite.prepare(`${other}, output = ? ${where}`);
  return ({ id, node }) => {
    const { status, reason, attempt, startedAt, finishedAt, newOutput: output, savedStatus: saved } = node;
    if (reason === null && attempt === 1 && typeof output === "string" && status === "succeeded")
      return succeed.run(startedAt, finishedAt, output, id, saved).changes;
    if (typeof output === "string")
      return restDone.run(startedAt, status, reason, attempt, finishedAt, output, id, saved).changes;
    if (reason === null && attempt === 1 && finishedAt === null && status === "running")
      return start.run(startedAt, id, saved).changes;
    return rest.run(startedAt, status, reason, attempt, finishedAt, id, saved).changes;
  };
}

function prepareSaveAlike({ sqlite }: Store): (alike: readonly Change[]) => void {
  const set = `${SET_PLAIN}, status = ?, reason = ?, attempt = ?, finished_at = ?`;
  const inSeries = "WHERE id BETWEEN ? AND ? AND (id - ?) % ? = 0 AND status = ?";
  const ofSeries = sqlite.prepare(`${set} ${inSeries}`);
  const ofSeriesDone = sqlite.prepare(`${set}, output = ? ${inSeries}`);
  const all = sqlite.prepare(`${set} WHERE id IN (SELECT value FROM json_each(?)) AND status = ?`);
  const allDone = sqlite.prepare(
    `${set}, output = done.value FROM json_each(?) AS done WHERE task.id = CAST(done.key AS INTEGER) AND status = ?`,
  );
  return (alike) => {
    const { status, reason, attempt, startedAt, finishedAt, newOutput, savedStatus } = (alike[0] as Change).node;
    const values = [startedAt, status, reason, attempt, finishedAt] as const;
    const isDone = typeof newOutput === "string";
    const isSame = !isDone || alike.every(({ node }) => node.newOutput === newOutput);
    const { series, others } = isSame ? splitSeries(alike, mayStep) : { series: [], others: alike };
    let changed = 0;
    for (const { first, last, step } of series) {
      const where = [first, last, first, step, savedStatus] as const;
      const statement = isDone ? ofSeriesDone.run(...values, newOutput, ...where) : ofSeries.run(...values, ...where);
      changed += statement.changes;
    }
    if (others.length > 0) {
      const rows = isDone ? toOutputs(others) : JSON.stringify(others.map(({ id }) => id));
      changed += (isDone ? allDone : all).run(...values, rows, savedStatus).changes;
    }
    assert(changed === alike.length, `${changed} of ${alike.length} rows of tasks were ${savedStatus}`);
  };
}

/** Looking at so many rows that do not change costs as much as naming the one that does. */
const ROWS_BETWEEN_MAX = 4;

/** A layer or the instances of a map; and the same task of small runs that were submitted together. */
function mayStep(step: number, { rowCount }: Change): boolean {
  return step === 1 || (step === TASK_ROWS_PER_RUN && rowCount <= ROWS_BETWEEN_MAX);
}

/** A JSON object: id → output, as text. */
function toOutputs(alike: readonly Change[]): string {
  return `{${alike.map(({ id, node }) => `"${id}":${JSON.stringify(node.newOutput)}`).join(",")}}`;
}
