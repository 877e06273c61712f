import type { CheckpointRow } from "../store/checkpoint-rows.ts";
import type { Rows } from "../store/rows.ts";
import { getTaskId } from "../store/task-id.ts";
import type { DecidedGate } from "./check-decision.ts";
import type { PlanCache } from "./plan-cache.ts";

/** `412.1` of a run, `ask-7` of a question without one. */
export function nameCheckpoint({ runId, number }: Pick<CheckpointRow, "runId" | "number">): string {
  return runId === null ? `ask-${number}` : `${runId}.${number}`;
}

/** What a checkpoint belongs to: its run's plan and its task. */
export function findDecidedGate(
  { rows, plans }: { rows: Rows; plans: Pick<PlanCache, "get"> },
  row: CheckpointRow,
): DecidedGate {
  const base = { rows, row, name: nameCheckpoint(row) };
  if (row.runId === null || row.kind === "ask") return { ...base, plan: undefined, task: undefined, item: null };
  const plan = plans.get(rows.runs.get(row.runId).definitionId);
  if (row.taskId === null) return { ...base, plan, task: undefined, item: null };
  const index = row.taskId - getTaskId(row.runId, 0);
  const instance = rows.tasks.findInstance(row.runId, index);
  return { ...base, plan, task: plan.spec.tasks[instance?.parent ?? index], item: instance?.item ?? null };
}
