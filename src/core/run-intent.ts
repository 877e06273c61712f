import { endTask, stopTask } from "./end-task.ts";
import { stopInstances } from "./expand-map.ts";
import { requeueReady } from "./ready-queue.ts";
import { noteFact } from "./run-notes.ts";
import type { RunState } from "./run-state.ts";
import { type RunIntent, raiseIntent } from "./run-status.ts";
import type { TaskNode } from "./task-node.ts";
import { runsAfterStop } from "./trigger.ts";

/**
 * What somebody wants of a run: pause, stop, cancel. Nothing that runs is touched here: its attempt is told to end by the
 * dispatcher, and its end is settled like any other.
 */
export function applyIntent(state: RunState, wanted: RunIntent, reason: string | null, now: number): void {
  const intent = raiseIntent(state.intent, wanted);
  if (intent === state.intent) return;
  state.intent = intent;
  state.isRowDirty = true;
  if (reason !== null) state.reason = reason;
  noteFact(state, `run.${intent === "pause" ? "pausing" : intent === "stop" ? "stopping" : "canceling"}`);
  if (intent === "stop") stopRun(state, now);
  if (intent === "cancel") cancelRun(state, now);
}

/** `resume` clears a pause, and nothing else. */
export function clearPause(state: RunState): void {
  if (state.intent !== "pause") return;
  state.intent = "none";
  state.isRowDirty = true;
}

/** Nothing new starts but clean-ups; what has not started is skipped. */
function stopRun(state: RunState, now: number): void {
  for (const node of listDeclared(state)) {
    if (runsAfterStop(node)) continue;
    if (node.map !== null && node.status === "running") stopInstances(state, node.map, now);
    if (!isHeld(node)) continue;
    stopTask(state, node, now);
    if (node.map !== null) stopInstances(state, node.map, now);
  }
  requeueReady(state);
}

/** What does not run is canceled at once; what runs, when its attempt is dead. Twice does no harm. */
export function cancelRun(state: RunState, now: number): void {
  for (const node of listDeclared(state)) {
    if (isHeld(node)) endTask(state, node, "cancel", now);
    for (const child of node.map?.children ?? []) if (isHeld(child)) endTask(state, child, "cancel", now);
  }
}

function listDeclared(state: RunState): TaskNode[] {
  return state.nodes.slice(0, state.plan.graph.size);
}

/** Neither final nor running; a task whose child run is open runs. */
function isHeld(node: TaskNode): boolean {
  if (node.childRun !== null) return false;
  return (
    node.status === "pending" || node.status === "ready" || node.status === "retrying" || node.status === "waiting"
  );
}
