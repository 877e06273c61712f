import { assert } from "./errors.ts";
import { emptyMapState } from "./expand-map.ts";
import { requeueReady } from "./ready-queue.ts";
import { recountRun } from "./recount-run.ts";
import { cancelRun } from "./run-intent.ts";
import type { RunPlan } from "./run-plan.ts";
import { createRunState, type NewRun, type RunState } from "./run-state.ts";
import type { RunIntent, RunStatus } from "./run-status.ts";
import { interruptTask } from "./settle-attempt.ts";
import { createInstanceNode, type TaskNode } from "./task-node.ts";
import type { TaskReason, TaskStatus, TaskStep } from "./task-status.ts";

/** A row of `task`, as far as the engine needs it. */
export interface SavedTask {
  readonly idx: number;
  readonly item: number | null;
  readonly status: TaskStatus;
  readonly reason: TaskReason | null;
  readonly step: TaskStep;
  readonly generation: number;
  readonly attempt: number;
  readonly tries: number;
  readonly interruptions: number;
  readonly wakeAt: number | null;
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
  readonly revision: number;
  readonly itemsBase: number | null;
  readonly itemsCount: number | null;
  readonly givenId: number | null;
}

/** What changes of a run's row. */
export interface SavedRun extends NewRun {
  readonly status: RunStatus;
  readonly ownerId: number | null;
  readonly intent: RunIntent;
  readonly reason: string | null;
  readonly layer: number;
  /** The layer whose review is open or decided and not applied; -1: none. */
  readonly reviewLayer: number;
  readonly rowCount: number;
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
  readonly deadlineAt: number | null;
  readonly parkedAt: number | null;
}

/**
 * Rebuilds a run's memory from its rows, counters included. Tasks that were running are still `running` afterwards:
 * `recoverAttempts` says which of them are alive.
 * @param rows in the order of `idx`, all of the run.
 */
export function restoreRunState(plan: RunPlan, run: SavedRun, rows: readonly SavedTask[]): RunState {
  assert(rows.length === run.rowCount, `run ${run.id} has ${rows.length} rows, expected ${run.rowCount}`);
  const state = createRunState(plan, run);
  state.hasTaskRows = true;
  state.status = run.status;
  state.savedStatus = run.status;
  state.ownerId = run.ownerId;
  state.savedOwnerId = run.ownerId;
  state.intent = run.intent;
  state.reason = run.reason;
  state.openLayer = run.layer;
  state.reviewLayer = run.reviewLayer;
  state.rowCount = run.rowCount;
  state.startedAt = run.startedAt;
  state.finishedAt = run.finishedAt;
  state.deadlineAt = run.deadlineAt;
  state.parkedAt = run.parkedAt;
  for (const node of state.nodes) fillNode(node, rows[node.index] as SavedTask);
  for (let index = 0; index < plan.graph.size; index++) {
    const saved = rows[index] as SavedTask;
    if (saved.itemsBase !== null) restoreMap(state, state.nodes[index] as TaskNode, saved, rows);
  }
  recountRun(state);
  if (run.startedAt !== null) state.openLayer = findOpenLayer(state);
  requeueReady(state);
  state.hasGates = state.waiting > 0 || state.reviewLayer >= 0;
  state.mayHaveDecisions = state.hasGates;
  state.newTimers = state.nodes.filter((node) => node?.status === "retrying");
  return state;
}

/**
 * The first layer that is not settled is open: opening it is one transaction with the end of the one before it, and
 * leaves nothing of it pending. Only a reset may leave it for the next turn to open, or to ask for.
 */
function findOpenLayer(state: RunState): number {
  const last = state.plan.graph.layerCount - 1;
  if (state.strategy === "eager") return last;
  if (state.reviewLayer >= 0) return state.reviewLayer;
  const first = state.layerLeft.findIndex((left) => left > 0);
  if (first === -1) return last;
  const isOpen = !state.nodes.some(
    (node) => node?.layer === first && node.parent === null && node.status === "pending",
  );
  return isOpen ? first : Math.max(0, first - 1);
}

function fillNode(node: TaskNode, saved: SavedTask): void {
  node.status = saved.status;
  node.savedStatus = saved.status;
  node.reason = saved.reason;
  node.step = saved.step;
  node.generation = saved.generation;
  node.attempt = saved.attempt;
  node.tries = saved.tries;
  node.interruptions = saved.interruptions;
  node.wakeAt = saved.wakeAt;
  node.startedAt = saved.startedAt;
  node.finishedAt = saved.finishedAt;
  node.revision = saved.revision;
  node.hasGiven = saved.givenId !== null;
}

function restoreMap(state: RunState, parent: TaskNode, saved: SavedTask, rows: readonly SavedTask[]): void {
  const base = saved.itemsBase as number;
  const children = Array.from({ length: saved.itemsCount as number }, (_, item) => {
    const child = createInstanceNode(parent, base, item);
    fillNode(child, rows[base + item] as SavedTask);
    state.nodes[base + item] = child;
    return child;
  });
  parent.map = emptyMapState(base, children, null, null);
  parent.map.isSaved = true;
}

/**
 * Settles what a lost engine left: an attempt that `isLive` does not know is interrupted and begins again; one that
 * still runs in this process goes on. A cancel that the engine had not come to is applied.
 */
export function recoverAttempts(state: RunState, isLive: (node: TaskNode) => boolean, now: number, why: string): void {
  for (const node of state.nodes) {
    if (node === undefined || node.status !== "running" || node.map !== null) continue;
    if (!isLive(node)) {
      interruptTask(state, node, now, why);
      continue;
    }
    node.isActive = true;
    state.active++;
    if (node.parent?.map) node.parent.map.active++;
  }
  if (state.intent === "cancel") cancelRun(state, now);
}
