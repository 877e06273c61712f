import { type CheckpointKind, type CheckpointStatus, isCheckpointMove } from "../core/checkpoint-status.ts";
import { assert } from "../core/errors.ts";
import { isFinalRun, type RunStatus } from "../core/run-status.ts";
import type { OnTimeout, Risk } from "../core/workflow-spec.ts";
import type { Store } from "./open-store.ts";
import { getTaskId } from "./task-id.ts";
import type { ValueRows } from "./value-rows.ts";

export interface NewCheckpoint {
  readonly runId: number | null;
  readonly kind: CheckpointKind;
  /** Of a question of a program. */
  readonly key: string | null;
  readonly layer: number | null;
  readonly taskId: number | null;
  readonly round: number;
  readonly hash: string;
  readonly message: string;
  readonly risk: Risk;
  /** JSON of what a person is shown beside outputs, which are read where they are; null: nothing. */
  readonly shownJson: string | null;
  readonly onTimeout: OnTimeout;
  readonly expiresAt: number | null;
  readonly createdAt: number;
}

export interface CheckpointRow extends Omit<NewCheckpoint, "shownJson"> {
  readonly id: number;
  readonly number: number;
  readonly status: CheckpointStatus;
  readonly shownId: number | null;
  readonly decidedAt: number | null;
  readonly appliedAt: number | null;
}

/** How often a gate was opened, and how often it was sent back. */
export interface Rounds {
  readonly opened: number;
  readonly sentBack: number;
}

/** `checkpoint`: a row for each round of each gate. Numbers count from 1 in each run; rows never go away. */
export interface CheckpointRows {
  /** The layer whose review is open, or decided and not yet applied; -1: none. */
  findReviewLayer(runId: number): number;
  /** Opens one; returns its row. */
  insert(checkpoint: NewCheckpoint): CheckpointRow;
  get(id: number): CheckpointRow;
  /** `412.1`; a question without a run has the run null. */
  find(runId: number | null, number: number): CheckpointRow | undefined;
  findByKey(key: string): CheckpointRow | undefined;
  /** All of a run, by number. */
  list(runId: number): CheckpointRow[];
  /** Of a run, those that are open, and those that are decided and not applied, by number. */
  listPending(runId: number): CheckpointRow[];
  /** Its key may be used again. */
  releaseKey(id: number): void;
  hasOpenAsk(runId: number): boolean;
  /** Questions that programs have asked in runs, after this row, in order. */
  listAsksAfter(id: number): { readonly id: number; readonly runId: number }[];
  countRounds(runId: number, kind: CheckpointKind, layer: number | null, taskId: number | null): Rounds;
  /** The last round of each gate of a run, by `layer` or `taskId`. */
  listRounds(runId: number): { layer: number | null; taskId: number | null; round: number }[];
  /** The newest round of the same gate. */
  findNewestRound(row: CheckpointRow): CheckpointRow;
  /** Open ones whose time is over and that end by themselves, first those that were due first. */
  listExpired(now: number, limit: number): CheckpointRow[];
  /** When the next open one ends by itself: an instant of the past, where nobody has ended it yet. */
  findNextExpiry(): number | undefined;
  /** A new open round with the content of one whose decision was taken back, its key included. */
  reopen(row: CheckpointRow, now: number): CheckpointRow;
  /** Moves one along its table; asserts the status that it had. `at`: of the decision or the applying. */
  mark(id: number, from: CheckpointStatus, to: CheckpointStatus, at: number): void;
  /** Closes what its run has left behind: void where the run or the task ended, superseded where the task was reset. */
  closeLeft(runId: number, status: RunStatus, reviewLayer: number): void;
}

const COLUMNS = `id, run_id AS runId, number, kind, key, layer, task_id AS taskId, round, status, hash, message, risk,
  shown_id AS shownId, on_timeout AS onTimeout, expires_at AS expiresAt, created_at AS createdAt,
  decided_at AS decidedAt, applied_at AS appliedAt`;
const PENDING = "(status = 'open' OR status = 'approved' OR status = 'rejected' OR status = 'sent_back')";

export function createCheckpointRows(store: Store, values: ValueRows): CheckpointRows {
  const { sqlite } = store;
  const select = <Params extends unknown[]>(where: string) =>
    sqlite.prepare<Params, CheckpointRow>(`SELECT ${COLUMNS} FROM checkpoint ${where}`);
  const byId = select<[number]>("WHERE id = ?");
  const byNumber = select<[number | null, number]>("WHERE run_id IS ? AND number = ?");
  const byKey = select<[string]>("WHERE key = ?");
  const ofRun = select<[number]>("WHERE run_id = ? ORDER BY number");
  const pending = select<[number]>(`WHERE run_id = ? AND ${PENDING} ORDER BY number`);
  const newest = select<[number | null, string, number | null, number | null]>(
    "WHERE run_id IS ? AND kind = ? AND layer IS ? AND task_id IS ? ORDER BY number DESC LIMIT 1",
  );
  const expired = select<[number, number]>(
    "WHERE status = 'open' AND expires_at IS NOT NULL AND expires_at <= ? AND on_timeout <> 'hold' ORDER BY expires_at LIMIT ?",
  );
  const reopened = select<[number | null, string, number, number]>(
    "WHERE run_id IS ? AND kind = 'ask' AND hash = ? AND round = ? AND number > ? ORDER BY number LIMIT 1",
  );
  const statements = prepareStatements(store);
  const findNewest = (row: CheckpointRow) => newest.get(row.runId, row.kind, row.layer, row.taskId) ?? row;
  const get = (id: number): CheckpointRow => {
    const row = byId.get(id);
    assert(row !== undefined, `checkpoint ${id} is referred to and exists`);
    return row;
  };
  return {
    findReviewLayer: (runId) => statements.reviewLayer.get(runId) ?? -1,
    insert({ shownJson, ...row }) {
      const id = statements.nextId.get() as number;
      const number = row.runId === null ? id : (statements.nextNumber.get(row.runId) as number);
      statements.insert.run({ ...row, id, number, shownId: shownJson === null ? null : values.insert(shownJson) });
      return get(id);
    },
    get,
    find: (runId, number) => byNumber.get(runId, number),
    findByKey: (key) => byKey.get(key),
    list: (runId) => ofRun.all(runId),
    listPending: (runId) => pending.all(runId),
    releaseKey: (id) => void statements.releaseKey.run(id),
    hasOpenAsk: (runId) => statements.openAsk.get(runId) !== undefined,
    listAsksAfter: (id) => statements.asksAfter.all(id),
    countRounds: (runId, kind, layer, taskId) => statements.rounds.get(runId, kind, layer, taskId) as Rounds,
    listRounds: (runId) => statements.lastRounds.all(runId),
    findNewestRound: (row) =>
      row.kind === "ask" ? followUndone(row, (...at) => reopened.get(...at)) : findNewest(row),
    listExpired: (now, limit) => expired.all(now, limit),
    findNextExpiry: () => statements.nextExpiry.get() ?? undefined,
    reopen(row, now) {
      const id = statements.nextId.get() as number;
      const number = row.runId === null ? id : (statements.nextNumber.get(row.runId) as number);
      statements.releaseKey.run(row.id);
      statements.insert.run({ ...row, id, number, round: row.round + 1, createdAt: now });
      return get(id);
    },
    mark(id, from, to, at) {
      assert(isCheckpointMove(from, to), `checkpoint ${id}: ${from} never becomes ${to}`);
      const { changes } = statements.mark.run({ id, from, to, at });
      assert(changes === 1, `checkpoint ${id}: its row is not ${from}`);
    },
    closeLeft(runId, status, reviewLayer) {
      if (isFinalRun(status)) statements.voidAll.run(runId);
      else statements.closeLeft.run({ runId, reviewLayer, first: getTaskId(runId, 0) });
    },
  };
}

/** A question whose answer was taken back goes on in a row of its own. */
function followUndone(
  row: CheckpointRow,
  find: (runId: number | null, hash: string, round: number, after: number) => CheckpointRow | undefined,
): CheckpointRow {
  let last = row;
  while (last.status === "superseded") {
    const next = find(last.runId, last.hash, last.round + 1, last.number);
    if (next === undefined) break;
    last = next;
  }
  return last;
}

function prepareStatements({ sqlite }: Store) {
  return {
    reviewLayer: sqlite
      .prepare<[number], number>(
        `SELECT layer FROM checkpoint WHERE run_id = ? AND kind = 'layer' AND ${PENDING} ORDER BY number DESC LIMIT 1`,
      )
      .pluck(),
    nextId: sqlite.prepare<[], number>("SELECT coalesce(max(id), 0) + 1 FROM checkpoint").pluck(),
    nextNumber: sqlite
      .prepare<[number], number>("SELECT coalesce(max(number), 0) + 1 FROM checkpoint WHERE run_id = ?")
      .pluck(),
    insert: sqlite.prepare(
      `INSERT INTO checkpoint (id, run_id, number, kind, key, layer, task_id, round, status, hash, message, risk, shown_id,
         on_timeout, expires_at, created_at)
       VALUES (@id, @runId, @number, @kind, @key, @layer, @taskId, @round, 'open', @hash, @message, @risk, @shownId,
         @onTimeout, @expiresAt, @createdAt)`,
    ),
    openAsk: sqlite
      .prepare<[number], number>(
        "SELECT id FROM checkpoint WHERE run_id = ? AND kind = 'ask' AND status = 'open' LIMIT 1",
      )
      .pluck(),
    asksAfter: sqlite.prepare<[number], { id: number; runId: number }>(
      "SELECT id, run_id AS runId FROM checkpoint WHERE id > ? AND kind = 'ask' AND run_id IS NOT NULL ORDER BY id",
    ),
    releaseKey: sqlite.prepare("UPDATE checkpoint SET key = NULL WHERE id = ?"),
    rounds: sqlite.prepare<[number, string, number | null, number | null], Rounds>(
      `SELECT count(*) AS opened, count(d.id) AS sentBack FROM checkpoint AS c
       LEFT JOIN decision AS d ON d.checkpoint_id = c.id AND d.choice = 'redo' AND c.applied_at IS NOT NULL
       WHERE c.run_id = ? AND c.kind = ? AND c.layer IS ? AND c.task_id IS ?`,
    ),
    lastRounds: sqlite.prepare<[number], { layer: number | null; taskId: number | null; round: number }>(
      "SELECT layer, task_id AS taskId, max(round) AS round FROM checkpoint WHERE run_id = ? AND kind <> 'ask' GROUP BY layer, task_id",
    ),
    nextExpiry: sqlite
      .prepare<[], number | null>(
        "SELECT min(expires_at) FROM checkpoint WHERE status = 'open' AND expires_at IS NOT NULL AND on_timeout <> 'hold'",
      )
      .pluck(),
    mark: sqlite.prepare(
      `UPDATE checkpoint SET status = @to,
         decided_at = CASE WHEN @from = 'open' AND @to IN ('approved', 'rejected', 'sent_back') THEN @at ELSE decided_at END,
         applied_at = CASE WHEN @to = 'applied' THEN @at ELSE applied_at END
       WHERE id = @id AND status = @from`,
    ),
    voidAll: sqlite.prepare(`UPDATE checkpoint SET status = 'void' WHERE run_id = ? AND ${PENDING}`),
    closeLeft: sqlite.prepare(CLOSE_LEFT),
  };
}

/** A gate before a task is left when that no longer waits, or is an instance of a list that was given up. */
const CLOSE_LEFT = `
  UPDATE checkpoint SET status = CASE
      WHEN kind = 'layer' THEN 'superseded'
      WHEN (SELECT t.status IN ('skipped', 'canceled', 'failed') FROM task AS t WHERE t.id = task_id) THEN 'void'
      ELSE 'superseded' END
  WHERE run_id = @runId AND ${PENDING} AND kind <> 'ask' AND CASE
    WHEN kind = 'layer' THEN layer <> @reviewLayer
    ELSE NOT EXISTS (
      SELECT 1 FROM task AS t LEFT JOIN task AS p ON p.id = t.parent_id
      WHERE t.id = checkpoint.task_id AND t.status = 'waiting'
        AND (p.id IS NULL OR t.id - @first BETWEEN p.items_base AND p.items_base + p.items_count - 1)) END`;
