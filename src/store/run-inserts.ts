import { sql } from "drizzle-orm";
import { assert } from "../core/errors.ts";
import type { RunFactsRow, RunState } from "../core/run-state.ts";
import type { Store } from "./open-store.ts";
import { namePlaceholders, prepareHot, type SqlValue } from "./prepare-hot.ts";
import { run } from "./schema.ts";
import { splitSeries } from "./series.ts";
import { fitsInline, type ValueRows } from "./value-rows.ts";

/** What is written once, when a run is submitted. */
export interface NewRunRow {
  readonly state: RunState;
  readonly key: string | null;
  readonly slotId: number | null;
}

/** What every run has; with `SELDOM`, all that is written of a new one. Each parameter of a statement costs. */
const ALWAYS = [
  "id",
  "uid",
  "definitionId",
  "workflow",
  "status",
  "mode",
  "engineId",
  "input",
  "strategy",
  "cwd",
  "scheduledAt",
  "rowCount",
  "layer",
  "createdAt",
  "startedAt",
] as const;

const SELDOM = [
  "parentTaskId",
  "slotId",
  "key",
  "inputId",
  "labels",
  "maxConcurrent",
  "review",
  "file",
  "export",
  "codeHash",
  "deadlineAt",
] as const;

/** Inserts the rows of new runs, as their states are now: those that were submitted together in one statement. */
export function createRunInserts(store: Store, values: ValueRows): (rows: readonly NewRunRow[]) => void {
  type Row<Name extends string> = Record<Name, SqlValue>;
  const always = namePlaceholders(ALWAYS, sql.placeholder);
  const seldom = namePlaceholders(SELDOM, sql.placeholder);
  const insertUsual = prepareHot<Row<(typeof ALWAYS)[number]>>(store, store.db.insert(run).values(always));
  const insertAny = prepareHot<Row<(typeof ALWAYS | typeof SELDOM)[number]>>(
    store,
    store.db.insert(run).values({ ...always, ...seldom }),
  );
  const insertSeries = prepareInsertSeries(store);
  const insertOne = (row: NewRunRow): void => {
    if (isUsual(row)) insertUsual(pickAlways(row.state));
    else insertAny({ ...pickAlways(row.state), ...pickSeldom(row, values) });
  };
  return (rows) => {
    const { series, others } = splitSeries(
      rows.map((row) => ({ id: row.state.id, row })),
      (step, { row }, first) => step === 1 && isAlike(row, first.row),
    );
    for (const { members } of series) insertSeries(members.map(({ row }) => row));
    for (const { row } of others) insertOne(row);
  };
}

/** All but uid and input, and these are in the row; of a series none belongs to what else there is. */
function isAlike(row: NewRunRow, first: NewRunRow): boolean {
  const [one, other] = [row.state, first.state];
  return (
    isAlone(row) &&
    isAlone(first) &&
    one.plan === other.plan &&
    one.status === other.status &&
    one.mode === other.mode &&
    one.ownerId === other.ownerId &&
    one.strategy === other.strategy &&
    one.maxConcurrent === other.maxConcurrent &&
    one.isReviewed === other.isReviewed &&
    one.rowCount === other.rowCount &&
    one.openLayer === other.openLayer &&
    one.startedAt === other.startedAt &&
    one.deadlineAt === other.deadlineAt &&
    areSameFacts(one.facts, other.facts)
  );
}

function isAlone({ state, key, slotId }: NewRunRow): boolean {
  return state.parentTaskId === null && slotId === null && key === null && fitsInline(state.facts.inputJson);
}

function areSameFacts(one: RunFactsRow, other: RunFactsRow): boolean {
  return (
    one.cwd === other.cwd &&
    one.scheduledAt === other.scheduledAt &&
    one.createdAt === other.createdAt &&
    one.file === other.file &&
    one.exportName === other.exportName &&
    one.codeHash === other.codeHash &&
    serializeLabels(one) === serializeLabels(other)
  );
}

function serializeLabels({ labels }: RunFactsRow): string | null {
  for (const _ in labels) return JSON.stringify(labels);
  return null;
}

function prepareInsertSeries({ sqlite }: Store): (rows: readonly NewRunRow[]) => void {
  const statement = sqlite.prepare(
    `INSERT INTO run (id, uid, input, definition_id, workflow, status, mode, engine_id, strategy, cwd, scheduled_at,
       row_count, layer, created_at, started_at, labels, max_concurrent, review, file, export, code_hash, deadline_at)
     SELECT ? + r.rowid, r.key, r.value${", ?".repeat(19)} FROM json_each(?) AS r`,
  );
  return (rows) => {
    const { state } = rows[0] as NewRunRow;
    const { id, status, mode, ownerId, strategy, plan, openLayer, rowCount, startedAt, facts, deadlineAt } = state;
    const { cwd, scheduledAt, createdAt, file, exportName, codeHash } = facts;
    const of = rows.map(({ state: { uid, facts } }) => `${JSON.stringify(uid)}:${JSON.stringify(facts.inputJson)}`);
    const { changes } = statement.run(
      ...([id, plan.definitionId, plan.spec.name, status, mode, ownerId, strategy, cwd, scheduledAt] as const),
      ...([rowCount, Math.max(0, openLayer), createdAt, startedAt, serializeLabels(facts)] as const),
      ...([toLimit(state), Number(state.isReviewed), file, exportName, codeHash, deadlineAt] as const),
      `{${of.join(",")}}`,
    );
    assert(changes === rows.length, `${changes} of ${rows.length} runs were inserted`);
  };
}

function toLimit({ maxConcurrent }: RunState): number | null {
  return Number.isFinite(maxConcurrent) ? maxConcurrent : null;
}

function pickAlways(state: RunState): Record<(typeof ALWAYS)[number], SqlValue> {
  const { id, uid, status, mode, strategy, rowCount, startedAt, facts, plan, ownerId, openLayer } = state;
  const { inputJson, cwd, scheduledAt, createdAt } = facts;
  return {
    ...{ id, uid, status, mode, strategy, rowCount, startedAt, cwd, scheduledAt, createdAt },
    definitionId: plan.definitionId,
    workflow: plan.spec.name,
    engineId: ownerId,
    input: fitsInline(inputJson) ? inputJson : null,
    layer: Math.max(0, openLayer),
  };
}

/** Nothing to write of `SELDOM`. */
function isUsual(row: NewRunRow): boolean {
  const { facts, maxConcurrent, isReviewed, deadlineAt } = row.state;
  const isPlain = !isReviewed && deadlineAt === null && maxConcurrent === Number.POSITIVE_INFINITY;
  const isOfProgram = facts.file === null && facts.exportName === null && facts.codeHash === null;
  return isPlain && isOfProgram && isAlone(row) && serializeLabels(facts) === null;
}

function pickSeldom({ state, key, slotId }: NewRunRow, values: ValueRows): Record<(typeof SELDOM)[number], SqlValue> {
  const { facts, parentTaskId, isReviewed, deadlineAt } = state;
  return {
    ...{ parentTaskId, slotId, key, deadlineAt },
    inputId: fitsInline(facts.inputJson) ? null : values.insert(facts.inputJson),
    labels: serializeLabels(facts),
    maxConcurrent: toLimit(state),
    review: Number(isReviewed),
    file: facts.file,
    export: facts.exportName,
    codeHash: facts.codeHash,
  };
}
