import type { Choice } from "./checkpoint-status.ts";
import { endTask } from "./end-task.ts";
import { assert } from "./errors.ts";
import { openLayer } from "./readiness.ts";
import { listResetSet, resetTasks } from "./reset-tasks.ts";
import { applyIntent } from "./run-intent.ts";
import { noteFact } from "./run-notes.ts";
import { markDirty, moveTask, queueReady, type RunState } from "./run-state.ts";
import type { TaskNode } from "./task-node.ts";

/** Where a decision acts: after a layer, or before a task or an instance. */
export type Gate =
  | { readonly kind: "layer"; readonly layer: number }
  | { readonly kind: "task"; readonly node: TaskNode };

/** A decision as its owner applies it. */
export interface AppliedDecision {
  readonly choice: Choice;
  /** Of a rejection, as the run's reason says it. */
  readonly reason: string;
  /** Edited outputs of a reviewed layer: index of the task → JSON text. */
  readonly outputs: ReadonlyMap<number, string>;
  /** What the task is given: JSON of answers, an edited input, picked items; null: nothing. */
  readonly givenJson: string | null;
  /** Of `redo`: the tasks that run again, and what they are told, by index. */
  readonly redo: ReadonlyMap<number, string>;
}

/** False while an attempt that a redo would take back is alive: it is applied once that is dead. */
export function canApply(state: RunState, decision: AppliedDecision): boolean {
  if (decision.choice !== "redo") return true;
  const isAlive = (node: TaskNode): boolean =>
    node.isActive || node.childRun !== null || (node.map?.children.some(isAlive) ?? false);
  return !listResetSet(state, [...decision.redo.keys()]).some((index) => isAlive(state.nodes[index] as TaskNode));
}

/** What a decision means for its run (engine.md 1). Afterwards `finishTurn` is due. */
export function applyDecision(state: RunState, gate: Gate, decision: AppliedDecision, now: number): void {
  if (decision.choice === "redo") return redo(state, decision.redo);
  if (gate.kind === "layer") applyToLayer(state, gate.layer, decision, now);
  else applyToTask(state, gate.node, decision, now);
}

function applyToLayer(state: RunState, layer: number, decision: AppliedDecision, now: number): void {
  assert(state.reviewLayer === layer, `run ${state.id}: layer ${layer} is not under review`);
  state.reviewLayer = -1;
  if (decision.choice === "reject") return applyIntent(state, "cancel", decision.reason, now);
  for (const [index, json] of decision.outputs) editOutput(state, state.nodes[index] as TaskNode, json);
  openLayer(state, layer + 1);
}

/** The revision counts up; the original is kept with the decision. */
function editOutput(state: RunState, node: TaskNode, json: string): void {
  moveTask(state, node, "edit");
  node.newOutput = json;
  node.revision++;
  noteFact(state, "task.edited", { revision: node.revision }, node.index);
}

function applyToTask(state: RunState, node: TaskNode, decision: AppliedDecision, now: number): void {
  if (decision.choice === "reject") {
    node.reason = "rejected";
    state.isRejected = true;
    state.reason ??= decision.reason;
    state.isRowDirty = true; // the run may go on with others, and be taken up by another engine
    return endTask(state, node, "reject", now);
  }
  node.step = "approved";
  node.newGiven = decision.givenJson;
  moveTask(state, node, decision.choice === "edit" ? "edit" : "approve");
  queueReady(state, node);
}

function redo(state: RunState, targets: ReadonlyMap<number, string>): void {
  resetTasks(state, [...targets.keys()], true);
  for (const [index, givenJson] of targets) {
    const node = state.nodes[index] as TaskNode;
    node.newGiven = givenJson;
    markDirty(state, node);
  }
}

/** What was decided on is not what would start: the question is worked out and asked again. */
export function askAgain(state: RunState, gate: Gate): void {
  if (gate.kind === "layer") {
    state.questions.push({ kind: "layer", layer: gate.layer });
    return;
  }
  moveTask(state, gate.node, "reset");
  gate.node.step = "body";
  moveTask(state, gate.node, "needsMet");
  queueReady(state, gate.node);
}
