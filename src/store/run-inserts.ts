import { sql } from "drizzle-orm";
import type { RunState } from "../core/run-state.ts";
import type { Store } from "./open-store.ts";
import { namePlaceholders, prepareHot, type SqlValue } from "./prepare-hot.ts";
import { run } from "./schema.ts";
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

/** Inserts the row of a new run, as its state is now. */
export function createRunInserts(store: Store, values: ValueRows): (row: NewRunRow) => void {
  type Row<Name extends string> = Record<Name, SqlValue>;
  const always = namePlaceholders(ALWAYS, sql.placeholder);
  const seldom = namePlaceholders(SELDOM, sql.placeholder);
  const insertUsual = prepareHot<Row<(typeof ALWAYS)[number]>>(store, store.db.insert(run).values(always));
  const insertAny = prepareHot<Row<(typeof ALWAYS | typeof SELDOM)[number]>>(
    store,
    store.db.insert(run).values({ ...always, ...seldom }),
  );
  return (row) => {
    const { id, uid, status, mode, strategy, rowCount, startedAt, facts, plan, ownerId, openLayer } = row.state;
    const { inputJson, cwd, scheduledAt, createdAt } = facts;
    const isInline = fitsInline(inputJson);
    const usual = {
      ...{ id, uid, status, mode, strategy, rowCount, startedAt, cwd, scheduledAt, createdAt },
      definitionId: plan.definitionId,
      workflow: plan.spec.name,
      engineId: ownerId,
      input: isInline ? inputJson : null,
      layer: Math.max(0, openLayer),
    };
    if (isInline && isUsual(row)) insertUsual(usual);
    else insertAny({ ...usual, ...pickSeldom(row), inputId: isInline ? null : values.insert(inputJson) });
  };
}

/** Nothing to write of `SELDOM`. */
function isUsual({ state, key, slotId }: NewRunRow): boolean {
  const { facts, parentTaskId, maxConcurrent, isReviewed, deadlineAt } = state;
  const isPlain = !isReviewed && deadlineAt === null && maxConcurrent === Number.POSITIVE_INFINITY;
  const isAlone = parentTaskId === null && slotId === null && key === null;
  const isOfProgram = facts.file === null && facts.exportName === null && facts.codeHash === null;
  return isPlain && isAlone && isOfProgram && Object.keys(facts.labels).length === 0;
}

function pickSeldom({ state, key, slotId }: NewRunRow): Record<Exclude<(typeof SELDOM)[number], "inputId">, SqlValue> {
  const { facts, parentTaskId, maxConcurrent, isReviewed, deadlineAt } = state;
  return {
    ...{ parentTaskId, slotId, key, deadlineAt },
    labels: Object.keys(facts.labels).length > 0 ? JSON.stringify(facts.labels) : null,
    maxConcurrent: Number.isFinite(maxConcurrent) ? maxConcurrent : null,
    review: Number(isReviewed),
    file: facts.file,
    export: facts.exportName,
    codeHash: facts.codeHash,
  };
}
