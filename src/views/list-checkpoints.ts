import { and, asc, eq, type SQL, sql } from "drizzle-orm";
import type { CheckpointStatus } from "../core/checkpoint-status.ts";
import type { CheckpointView, DecisionView } from "../core/checkpoint-view.ts";
import { RUN_ROWS_MAX } from "../core/limits.ts";
import { definitionTask, run } from "../store/schema.ts";
import { checkpoint, decision } from "../store/schema-decisions.ts";
import type { ReadStore } from "./once-per-store.ts";

export type { CheckpointView } from "../core/checkpoint-view.ts";

export interface CheckpointFilter {
  readonly run?: number;
  /** Of any of these. */
  readonly runs?: readonly number[];
  readonly workflow?: string;
  readonly status?: CheckpointStatus;
  readonly number?: number;
  readonly limit?: number;
}

/** Checkpoints in the order in which they were opened, at most `limit` (default: all). */
export function listCheckpoints({ db }: ReadStore, filter: CheckpointFilter = {}): CheckpointView[] {
  const tests: SQL[] = [];
  if (filter.run !== undefined) tests.push(eq(checkpoint.runId, filter.run));
  if (filter.runs !== undefined) {
    tests.push(sql`${checkpoint.runId} IN (SELECT value FROM json_each(${JSON.stringify(filter.runs)}))`);
  }
  if (filter.number !== undefined) tests.push(eq(checkpoint.number, filter.number));
  if (filter.workflow !== undefined) tests.push(eq(run.workflow, filter.workflow));
  // A literal, so that the partial index of open checkpoints is used.
  if (filter.status === "open") tests.push(sql`${checkpoint.status} = 'open'`);
  else if (filter.status !== undefined) tests.push(eq(checkpoint.status, filter.status));
  const instance = sql`(SELECT t.parent_id FROM task t WHERE t.id = ${checkpoint.taskId})`;
  return db
    .select({
      row: checkpoint,
      workflow: run.workflow,
      task: definitionTask.name,
      index: sql<number | null>`(SELECT t.item FROM task t WHERE t.id = ${checkpoint.taskId})`,
      decision,
    })
    .from(checkpoint)
    .leftJoin(run, eq(run.id, checkpoint.runId))
    .leftJoin(
      definitionTask,
      and(
        eq(definitionTask.definitionId, run.definitionId),
        sql`${definitionTask.idx} = coalesce(${instance}, ${checkpoint.taskId}) % ${RUN_ROWS_MAX}`,
      ),
    )
    .leftJoin(decision, eq(decision.checkpointId, checkpoint.id))
    .where(and(...tests))
    .orderBy(asc(checkpoint.id))
    .limit(filter.limit ?? -1)
    .all()
    .map(toView);
}

function toView(found: {
  row: typeof checkpoint.$inferSelect;
  workflow: string | null;
  task: string | null;
  index: number | null;
  decision: typeof decision.$inferSelect | null;
}): CheckpointView {
  const { row } = found;
  return {
    id: toCheckpointName(row.runId, row.number),
    run: row.runId,
    workflow: found.workflow,
    kind: row.kind,
    layer: row.layer,
    task: found.task,
    index: found.index,
    round: row.round,
    message: row.message,
    risk: row.risk,
    status: row.status,
    hash: row.hash,
    createdAt: row.createdAt,
    expiresAt: row.expiresAt,
    onTimeout: row.onTimeout,
    decision: found.decision === null ? null : toDecisionView(found.decision),
  };
}

/** `412.1` of a run, `ask-7` of a question without one. */
export function toCheckpointName(runId: number | null, number: number): string {
  return runId === null ? `ask-${number}` : `${runId}.${number}`;
}

function toDecisionView(row: typeof decision.$inferSelect): DecisionView {
  return {
    decision: row.choice,
    reason: row.reason,
    comment: row.comment,
    by: row.actor,
    host: row.host,
    at: row.at,
    seenHash: row.seenHash,
  };
}
