import { applyDecision, askAgain, canApply, type Gate } from "../core/apply-decision.ts";
import { hashText } from "../core/canonical-json.ts";
import type { DecisionPatch } from "../core/decision.ts";
import { hashLayerGate, hashTaskGate, type LoadedCode } from "../core/decision-hash.ts";
import { listLayer, listNeeds } from "../core/graph.ts";
import type { PreparedQuestion } from "../core/outcome.ts";
import { noteFact } from "../core/run-notes.ts";
import type { RunState } from "../core/run-state.ts";
import type { CheckpointRow } from "../store/checkpoint-rows.ts";
import type { DecisionRow } from "../store/decision-rows.ts";
import type { Rows } from "../store/rows.ts";
import { getTaskId } from "../store/task-id.ts";
import type { EngineParts } from "./engine-parts.ts";
import { type Given, parseGiven } from "./given.ts";
import { parseShown } from "./shown.ts";

/** The owner of a run acts on what was decided of it (engine.md 7). All of this belongs inside a transaction. */
export interface GateScope {
  readonly rows: Rows;
  readonly parts: Pick<EngineParts, "findCode">;
}

/** The code that would run; where this engine does not say, the one that the run was started with. */
export function getLoadedCode({ parts }: GateScope, { plan, facts }: RunState): LoadedCode {
  return parts.findCode?.(plan.spec.name, plan.hash) ?? { codeHash: facts.codeHash, spec: plan.spec };
}

/** Applies what was decided and not applied yet. `finishTurn` is due afterwards. */
export function applyDecisions(scope: GateScope, state: RunState, now: number): void {
  state.mayHaveDecisions = false;
  if (state.status !== "running" || state.intent === "cancel") return;
  for (const row of scope.rows.checkpoints.listPending(state.id)) {
    if (row.status !== "open" && row.kind !== "ask") applyOne(scope, state, row, now);
  }
}

/** False where nothing of the run waits for a decision. */
export function isGated(state: RunState): boolean {
  return state.waiting > 0 || state.reviewLayer >= 0;
}

export function applyOne(scope: GateScope, state: RunState, row: CheckpointRow, now: number): void {
  const { rows } = scope;
  const gate = findGate(state, row);
  const decision = rows.decisions.find(row.id);
  if (gate === undefined || decision === undefined) return; // `closeLeft` closes what is left behind
  const applied = readDecision(scope, state, gate, row, decision);
  if (!canApply(state, applied)) {
    state.mayHaveDecisions = true; // once the attempts that it takes back are dead
    return;
  }
  if (hashGate(scope, state, gate, row) !== row.hash) {
    rows.checkpoints.mark(row.id, row.status, "superseded", now);
    noteFact(state, "checkpoint.superseded", { checkpoint: row.number, because: "code" }, findIndex(gate));
    return askAgain(state, gate);
  }
  applyDecision(state, gate, applied, now);
  rows.checkpoints.mark(row.id, row.status, "applied", now);
  noteFact(state, "checkpoint.applied", { checkpoint: row.number, decision: decision.choice }, findIndex(gate));
}

function findIndex(gate: Gate): number | undefined {
  return gate.kind === "task" ? gate.node.index : undefined;
}

function findGate(state: RunState, row: CheckpointRow): Gate | undefined {
  if (row.layer !== null) return state.reviewLayer === row.layer ? { kind: "layer", layer: row.layer } : undefined;
  const node = row.taskId === null ? undefined : state.nodes[row.taskId - getTaskId(state.id, 0)];
  return node?.status === "waiting" ? { kind: "task", node } : undefined;
}

function hashGate(scope: GateScope, state: RunState, gate: Gate, row: CheckpointRow): string {
  const code = getLoadedCode(scope, state);
  if (gate.kind === "layer") return hashLayerGate(state, gate.layer, code);
  return hashTaskGate(state, gate.node, readQuestion(scope.rows, row), code);
}

/** The question as it was prepared, put together of its row again. */
function readQuestion(rows: Rows, row: CheckpointRow): PreparedQuestion {
  const shown = parseShown(row.shownId === null ? null : rows.values.get(row.shownId));
  return { message: row.message, risk: row.risk, onTimeout: row.onTimeout, ...shown };
}

function readDecision(
  { rows }: GateScope,
  state: RunState,
  gate: Gate,
  row: CheckpointRow,
  decision: DecisionRow,
): Parameters<typeof applyDecision>[2] {
  const patch = decision.patchJson === null ? {} : (JSON.parse(decision.patchJson) as DecisionPatch);
  const { choice } = decision;
  const why = decision.reason === null ? "" : `: ${decision.reason}`;
  return {
    choice,
    reason: `rejected by ${decision.actorKind === "timeout" ? "timeout" : decision.actor}${why}`,
    outputs: gate.kind === "layer" && choice === "edit" ? readOutputs(state, patch) : new Map(),
    givenJson: gate.kind === "task" && choice !== "redo" ? createGiven(rows, state, gate, row, patch) : null,
    redo: choice === "redo" ? createRedo(state, gate, patch) : new Map(),
  };
}

function readOutputs(state: RunState, { values = {} }: DecisionPatch): ReadonlyMap<number, string> {
  const entries = Object.entries(values).map(([id, value]) => [findTask(state, id), JSON.stringify(value)] as const);
  return new Map(entries.filter(([index]) => index >= 0));
}

function findTask(state: RunState, id: string): number {
  return state.plan.spec.tasks.findIndex((task) => task.id === id);
}

/** What the approved task is given; feedback of an earlier round stays. */
function createGiven(
  rows: Rows,
  state: RunState,
  gate: Extract<Gate, { kind: "task" }>,
  row: CheckpointRow,
  patch: DecisionPatch,
): string {
  const { feedback } = gate.node.hasGiven ? parseGiven(rows.tasks.getGiven(state.id, gate.node)) : {};
  const { resolvedJson } = readQuestion(rows, row);
  const edited = patch.values === undefined ? undefined : patch.values[gate.node.spec.id];
  const given: Given = {
    ...(feedback === undefined ? {} : { feedback }),
    ...(patch.answers === undefined ? {} : { answers: patch.answers }),
    approval: {
      seenInputHash: resolvedJson === null ? null : hashText(resolvedJson),
      editedJson: edited === undefined ? null : JSON.stringify(edited),
      only: patch.only ?? null,
    },
  };
  return JSON.stringify(given);
}

/** Named tasks; else the reviewed layer, or what the task needs (itself, where it needs nothing). */
function createRedo(state: RunState, gate: Gate, patch: DecisionPatch): ReadonlyMap<number, string> {
  const given: Given = patch.feedback === undefined ? {} : { feedback: patch.feedback };
  const json = JSON.stringify(given);
  return new Map(listRedoTargets(state, gate, patch.tasks).map((index) => [index, json]));
}

function listRedoTargets(state: RunState, gate: Gate, tasks: readonly string[] | undefined): number[] {
  const { graph } = state.plan;
  if (tasks !== undefined) return tasks.map((id) => findTask(state, id)).filter((index) => index >= 0);
  if (gate.kind === "layer") return [...listLayer(graph, gate.layer)];
  const declared = gate.node.parent ?? gate.node;
  const needs = [...listNeeds(graph, declared.index)];
  return needs.length > 0 ? needs : [declared.index];
}
