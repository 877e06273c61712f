import { sql } from "drizzle-orm";
import { assert } from "../core/errors.ts";
import type { RunState } from "../core/run-state.ts";
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
  return (rows) => {
    const usual: RunState[] = [];
    for (const row of rows) {
      if (isUsual(row)) usual.push(row.state);
      else insertAny({ ...pickAlways(row.state), ...pickSeldom(row, values) });
    }
    const { series, others } = splitSeries(usual, (step, state, first) => step === 1 && isAlike(state, first));
    for (const { members } of series) insertSeries(members);
    for (const state of others) insertUsual(pickAlways(state));
  };
}

/** Of usual ones: all but uid and input. */
function isAlike(one: RunState, other: RunState): boolean {
  return (
    one.plan === other.plan &&
    one.status === other.status &&
    one.mode === other.mode &&
    one.ownerId === other.ownerId &&
    one.strategy === other.strategy &&
    one.rowCount === other.rowCount &&
    one.openLayer === other.openLayer &&
    one.startedAt === other.startedAt &&
    one.facts.cwd === other.facts.cwd &&
    one.facts.scheduledAt === other.facts.scheduledAt &&
    one.facts.createdAt === other.facts.createdAt
  );
}

function prepareInsertSeries({ sqlite }: Store): (states: readonly RunState[]) => void {
  const statement = sqlite.prepare(
    `INSERT INTO run (id, uid, input, definition_id, workflow, status, mode, engine_id, strategy, cwd, scheduled_at,
       row_count, layer, created_at, started_at)
     SELECT ? + r.rowid, r.key, r.value, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? FROM json_each(?) AS r`,
  );
  return (states) => {
    const [first] = states as [RunState];
    const { id, status, mode, ownerId, strategy, rowCount, startedAt, facts, plan, openLayer } = first;
    const { cwd, scheduledAt, createdAt } = facts;
    const of = states.map(({ uid, facts: { inputJson } }) => `${JSON.stringify(uid)}:${JSON.stringify(inputJson)}`);
    const { changes } = statement.run(
      ...([id, plan.definitionId, plan.spec.name, status, mode, ownerId, strategy, cwd, scheduledAt] as const),
      ...([rowCount, Math.max(0, openLayer), createdAt, startedAt, `{${of.join(",")}}`] as const),
    );
    assert(changes === states.length, `${changes} of ${states.length} runs were inserted`);
  };
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
function isUsual({ state, key, slotId }: NewRunRow): boolean {
  const { facts, parentTaskId, maxConcurrent, isReviewed, deadlineAt } = state;
  const isPlain = !isReviewed && deadlineAt === null && maxConcurrent === Number.POSITIVE_INFINITY;
  const isAlone = parentTaskId === null && slotId === null && key === null;
  const isOfProgram = facts.file === null && facts.exportName === null && facts.codeHash === null;
  return isPlain && isAlone && isOfProgram && fitsInline(facts.inputJson) && Object.keys(facts.labels).length === 0;
}

function pickSeldom({ state, key, slotId }: NewRunRow, values: ValueRows): Record<(typeof SELDOM)[number], SqlValue> {
  const { facts, parentTaskId, maxConcurrent, isReviewed, deadlineAt } = state;
  return {
    ...{ parentTaskId, slotId, key, deadlineAt },
    inputId: fitsInline(facts.inputJson) ? null : values.insert(facts.inputJson),
    labels: Object.keys(facts.labels).length > 0 ? JSON.stringify(facts.labels) : null,
    maxConcurrent: Number.isFinite(maxConcurrent) ? maxConcurrent : null,
    review: Number(isReviewed),
    file: facts.file,
    export: facts.exportName,
    codeHash: facts.codeHash,
  };
}
