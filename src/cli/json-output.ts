import type { EventView } from "../core/event-view.ts";
import { sanitizeJson } from "../core/sanitize-text.ts";
import type { BackfillResult } from "../engine/backfill.ts";
import type { CheckpointView } from "../views/list-checkpoints.ts";
import type { ScheduleView } from "../views/list-schedules.ts";
import type { SlotView } from "../views/list-slots.ts";
import type { RunView, TaskView } from "../views/show-run.ts";
import type { EngineView, StatusView } from "../views/show-status.ts";
import type { CommandContext } from "./command-context.ts";
import type { PlannedSlot } from "./plan-slots.ts";

/**
 * The shapes of `--json`, field by field: what stands here is kept, and fields are only added. Instants are ISO 8601 in
 * UTC with milliseconds.
 */

export function writeJson({ output }: CommandContext, value: unknown): void {
  output.writeOut(`${sanitizeJson(JSON.stringify(value))}\n`);
}

export function toRunJson(view: RunView) {
  const { tasks, ...rest } = toRunJsonParts(view);
  return { ...rest.head, tasks, ...rest.tail };
}

/** As `toRunJson`, without the tasks: an element of `runs --json`. */
export function toRunLineJson(view: RunView) {
  const { head, tail } = toRunJsonParts({ ...view, tasks: [] });
  return { ...head, ...tail };
}

function toRunJsonParts(view: RunView) {
  return {
    head: {
      run: view.run,
      key: view.key,
      uid: view.uid,
      workflow: view.workflow,
      parent: view.parent?.run ?? null,
      status: view.status,
      reason: view.reason,
      input: view.input,
      result: view.result,
      strategy: view.strategy,
      maxConcurrent: view.maxConcurrent,
      labels: view.labels,
      currentLayer: view.currentLayer,
      layers: view.layers,
    },
    tasks: view.tasks.map(toTaskJson),
    tail: {
      // what waits in a child run is waited for here, too: its `run` says where it is
      checkpoints: [...view.checkpoints, ...view.childCheckpoints].map(toCheckpointJson),
      speedup: view.speedup,
      createdAt: toIso(view.createdAt),
      startedAt: toIso(view.startedAt),
      finishedAt: toIso(view.finishedAt),
    },
  };
}

function toTaskJson(task: TaskView) {
  return {
    id: task.id,
    index: task.index,
    label: task.label,
    layer: task.layer,
    status: task.status,
    reason: task.reason,
    attempt: task.attempt,
    attempts: task.attempts.map((each) => ({
      number: each.number,
      generation: each.generation,
      status: each.status,
      error: each.error,
      startedAt: toIso(each.startedAt),
      finishedAt: toIso(each.finishedAt),
      durationMs: each.durationMs,
    })),
    child: task.child?.run ?? null,
    output: task.output,
    error: task.error,
    wakeAt: toIso(task.wakeAt),
    waitsFor: task.waitsFor?.map((wait) => ({ ...wait, freeAt: toIso(wait.freeAt) })) ?? null,
    startedAt: toIso(task.startedAt),
    finishedAt: toIso(task.finishedAt),
  };
}

export function toCheckpointJson(view: CheckpointView) {
  const { createdAt, expiresAt, decision, ...rest } = view;
  return {
    ...rest,
    createdAt: toIso(createdAt),
    expiresAt: toIso(expiresAt),
    decision: decision === null ? null : { ...decision, at: toIso(decision.at) },
  };
}

export function toEventJson({ at, ...rest }: EventView) {
  return { ...rest, at: toIso(at) };
}

/** `at` is the next slot, `run` that of its last one. */
export function toScheduleJson(view: ScheduleView) {
  const { workflow, name, cron, zone, nextAt, state, isPaused, pausedUntilAt, heldBy, lastSlots } = view;
  return {
    ...{ workflow, at: toIso(nextAt), state, reason: heldBy, run: lastSlots.at(-1)?.run ?? null, schedule: name, cron },
    ...{ timezone: zone, paused: isPaused, pausedUntil: toIso(pausedUntilAt) },
    last: lastSlots.map((slot) => toSlotJson(view, slot)),
  };
}

export function toSlotJson({ workflow, name }: ScheduleView, slot: SlotView) {
  const { dueAt, state, reason, run, untilAt, count, runStatus } = slot;
  return { workflow, at: toIso(dueAt), state, reason, run, schedule: name, until: toIso(untilAt), count, runStatus };
}

export function toBackfillJson({ workflow, name }: ScheduleView, result: BackfillResult) {
  const { slots, runs, presentCount, dueAfterAt } = result;
  return {
    ...{ workflow, schedule: name, present: presentCount, dueAfter: toIso(dueAfterAt) },
    slots: slots.map((at, index) => ({ at: toIso(at), run: runs[index] ?? null })),
  };
}

export function toPlannedSlotJson({ schedule, zone, dueAt, wall, fires, note }: PlannedSlot) {
  return { schedule, at: toIso(dueAt), timezone: zone, wall, fires, note };
}

/** `engine` is the daemon, where one lives; `engines` are all that live. */
export function toStatusJson(view: StatusView, database: object) {
  const engines = view.engines.map(toEngineJson);
  return {
    engine: engines.find(({ kind }) => kind === "daemon") ?? null,
    database,
    workflows: view.workflows.map((each) => ({ ...each, loadedAt: toIso(each.loadedAt) })),
    inbox: view.inbox,
    next: view.next.map(({ at, ...rest }) => ({ ...rest, at: toIso(at) })),
    engines,
  };
}

function toEngineJson({ id, kind, status, pid, host, version, startedAt, stopRequestedAt }: EngineView) {
  return { id, kind, status, pid, host, version, since: toIso(startedAt), stopRequestedAt: toIso(stopRequestedAt) };
}

function toIso(at: number): string;
function toIso(at: number | null): string | null;
function toIso(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}
