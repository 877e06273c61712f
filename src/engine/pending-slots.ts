/** What becomes of rows that wait: for their jitter, or for what becomes of their predecessor. Reads only. */
import type { MissReason, SlotReason, SlotStatus } from "../core/slot-status.ts";
import { getFiredStatus } from "../schedule/catch-up.ts";
import { decideOverlap, decidePending, type OverlapDecision, type Predecessor } from "../schedule/overlap.ts";
import type { SchedulePolicy } from "../schedule/schedule-policy.ts";
import type { ScheduleRow, ScheduleRows } from "../store/schedule-rows.ts";
import type { PendingSlot } from "../store/slot-rows.ts";

export interface PendingScope {
  readonly schedules: ScheduleRows;
  /** The input of a schedule, checked and completed; undefined: its schema refuses it. */
  readonly findInput: (workflow: string, schedule: string) => string | undefined;
}

export type PendingStep =
  | { readonly kind: "wait" }
  | { readonly kind: "end"; readonly status: SlotStatus; readonly reason: SlotReason }
  | { readonly kind: "decide"; readonly status: "fired" | "late"; readonly decision: OverlapDecision };

/** A slot that cannot be started when it would be fired is missed, as any other is. */
export function findPendingStep(
  scope: PendingScope,
  row: ScheduleRow,
  policy: SchedulePolicy,
  slot: PendingSlot,
  now: number,
): PendingStep {
  if (row.removedAt !== null) return { kind: "end", status: "skipped", reason: "removed" };
  if (row.pausedUntilAt !== null && row.pausedUntilAt > now)
    return { kind: "end", status: "skipped", reason: "paused" };
  const isJitter = slot.reason === "jitter";
  if (isJitter && (slot.fireAt ?? 0) > now) return { kind: "wait" };
  const predecessor = findPredecessor(scope.schedules, row.id);
  const decision = isJitter
    ? decideOverlap(policy, predecessor)
    : decidePending(policy, toWaitReason(slot.reason), predecessor);
  if (decision.kind === "pending" && decision.reason === slot.reason) return { kind: "wait" };
  const block = decision.kind === "fire" || decision.kind === "supersede" ? findBlock(scope, row) : undefined;
  if (block !== undefined) return { kind: "end", status: "missed", reason: block };
  return { kind: "decide", status: getFiredStatus(slot.fireAt ?? slot.dueAt, now), decision };
}

/** Why nothing could be started now. */
export function findBlock(
  { schedules, findInput }: PendingScope,
  row: ScheduleRow,
): Extract<MissReason, "broken_file" | "bad_input"> | undefined {
  const workflow = schedules.findWorkflow(row.workflow);
  if (workflow === undefined || workflow.definitionId === null || workflow.errorJson !== null) return "broken_file";
  return findInput(row.workflow, row.name) === undefined ? "bad_input" : undefined;
}

export function findPredecessor(schedules: ScheduleRows, scheduleId: number): Predecessor {
  const open = schedules.listOpenRuns(scheduleId);
  if (open.length === 0) return "none";
  return open.every((run) => run.status === "waiting") ? "waiting" : "active";
}

function toWaitReason(reason: string | null): "queue" | "hold" | "cancel" {
  return reason === "hold" || reason === "cancel" ? reason : "queue";
}
