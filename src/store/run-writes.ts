import type { RunResult } from "better-sqlite3";
import { sql } from "drizzle-orm";
import { DatabaseError } from "../core/errors.ts";
import type { RunState } from "../core/run-state.ts";
import { isFinalRun } from "../core/run-status.ts";
import { BATCH_MIN, groupAlike } from "./group-alike.ts";
import type { Store } from "./open-store.ts";
import { namePlaceholders, prepareHot, type SqlValue } from "./prepare-hot.ts";
import { run } from "./schema.ts";
import { isNext, splitSeries } from "./series.ts";

/** Another engine has taken the run over: this one lost its lock, or was suspended for long. */
export class RunLostError extends DatabaseError {
  readonly runId: number;

  constructor(runId: number) {
    super("run_lost", `Run #${runId} is no longer owned by this engine: another one has taken it over.`);
    this.runId = runId;
  }
}

const MUTABLE = [
  "status",
  "intent",
  "reason",
  "engineId",
  "rowCount",
  "layer",
  "deadlineAt",
  "parkedAt",
  "startedAt",
  "finishedAt",
] as const;

type MutableRow = Readonly<Record<(typeof MUTABLE)[number], SqlValue>>;

/** Writes changed rows of runs: where many change alike, in one statement. Fenced by the owner that each row has. */
export function createRunWrites(store: Store): (states: readonly RunState[]) => void {
  const p = sql.placeholder;
  const mutable = namePlaceholders(MUTABLE, p);
  const isOurs = sql`${run.engineId} IS ${p("owner")} AND ${run.status} = ${p("saved")}`;
  type Fence = { owner: SqlValue; saved: SqlValue };
  const updateOne = prepareHot<MutableRow & Fence & { id: SqlValue }>(
    store,
    store.db
      .update(run)
      .set(mutable)
      .where(sql`${run.id} = ${p("id")} AND ${isOurs}`),
  );
  const updateSeries = prepareHot<MutableRow & Fence & { first: SqlValue; last: SqlValue }>(
    store,
    store.db
      .update(run)
      .set(mutable)
      .where(sql`${run.id} BETWEEN ${p("first")} AND ${p("last")} AND ${isOurs}`),
  );
  const updateAlike = prepareHot<MutableRow & Fence & { ids: SqlValue }>(
    store,
    store.db
      .update(run)
      .set(mutable)
      .where(sql`${run.id} IN (SELECT value FROM json_each(${p("ids")})) AND ${isOurs}`),
  );
  const end = prepareEnd(store);
  const saveOne = (state: RunState): void => {
    const fence = { owner: state.savedOwnerId, saved: state.savedStatus };
    const { changes } = isPlainEnd(state) ? end(state) : updateOne({ ...pickMutable(state), ...fence, id: state.id });
    if (changes !== 1) throw new RunLostError(state.id);
  };
  const written = store.sqlite.prepare<[number], { status: string; owner: number | null }>(
    "SELECT status, engine_id AS owner FROM run WHERE id = ?",
  );
  /** The one that was not written. Those that were are not as their fence has them any more, so it cannot be asked again. */
  const findLost = (states: readonly RunState[]): Error => {
    const lost = states.find(({ id, status, ownerId }) => {
      const row = written.get(id);
      return row?.status !== status || row.owner !== ownerId;
    });
    return lost === undefined ? new Error("a run was written by another engine meanwhile") : new RunLostError(lost.id);
  };
  return (states) => {
    if (states.length < BATCH_MIN) return states.forEach(saveOne);
    for (const alike of groupAlike(states, isAlike)) {
      const [first] = alike;
      if (first === undefined || alike.length < BATCH_MIN) {
        alike.forEach(saveOne);
        continue;
      }
      const fence = { owner: first.savedOwnerId, saved: first.savedStatus };
      const values = { ...pickMutable(first), ...fence };
      const { series, others } = splitSeries(alike, isNext);
      let changed = 0;
      for (const { first: from, last } of series) changed += updateSeries({ ...values, first: from, last }).changes;
      if (others.length > 0) {
        const ids = JSON.stringify(others.map((state) => state.id));
        changed += updateAlike({ ...values, ids }).changes;
      }
      if (changed !== alike.length) throw findLost(alike);
    }
  };
}

/** A statement of few parameters for what nearly all runs come to: each parameter costs. */
function prepareEnd({ sqlite }: Store): (state: RunState) => RunResult {
  const statement = sqlite.prepare(
    `UPDATE run SET intent = 'none', reason = NULL, engine_id = NULL, deadline_at = NULL, parked_at = NULL,
       status = ?, row_count = ?, layer = ?, started_at = ?, finished_at = ?
     WHERE id = ? AND engine_id IS ? AND status = ?`,
  );
  return ({ id, status, rowCount, openLayer, startedAt, finishedAt, savedOwnerId, savedStatus }) =>
    statement.run(status, rowCount, Math.max(0, openLayer), startedAt, finishedAt, id, savedOwnerId, savedStatus);
}

function isPlainEnd({ status, ownerId, reason, deadlineAt, parkedAt }: RunState): boolean {
  return isFinalRun(status) && ownerId === null && reason === null && deadlineAt === null && parkedAt === null;
}

function isAlike(one: RunState, other: RunState): boolean {
  return (
    one.savedOwnerId === other.savedOwnerId &&
    one.savedStatus === other.savedStatus &&
    one.status === other.status &&
    one.intent === other.intent &&
    one.reason === other.reason &&
    one.ownerId === other.ownerId &&
    one.rowCount === other.rowCount &&
    one.openLayer === other.openLayer &&
    one.deadlineAt === other.deadlineAt &&
    one.parkedAt === other.parkedAt &&
    one.startedAt === other.startedAt &&
    one.finishedAt === other.finishedAt
  );
}

function pickMutable(state: RunState): MutableRow {
  const { status, reason, rowCount, deadlineAt, parkedAt, startedAt, finishedAt } = state;
  return {
    ...{ status, reason, rowCount, deadlineAt, parkedAt, startedAt, finishedAt },
    intent: isFinalRun(status) ? "none" : state.intent,
    engineId: state.ownerId,
    layer: Math.max(0, state.openLayer),
  };
}
