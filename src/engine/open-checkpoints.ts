import { STATUS_OF_CHOICE } from "../core/decision.ts";
import { hashLayerGate, hashTaskGate } from "../core/decision-hash.ts";
import { listLayer } from "../core/graph.ts";
import type { AgentVerdict } from "../core/outcome.ts";
import { noteFact } from "../core/run-notes.ts";
import type { Question, RunState } from "../core/run-state.ts";
import type { TaskNode } from "../core/task-node.ts";
import type { CheckpointRow, NewCheckpoint } from "../store/checkpoint-rows.ts";
import { getTaskId } from "../store/task-id.ts";
import { applyOne, type GateScope, getLoadedCode } from "./apply-decisions.ts";
import { recordDecision } from "./record-decision.ts";
import { serializeShown } from "./shown.ts";

/**
 * Writes the checkpoints that a turn has come to, in the transaction that parks their tasks and their run. What an agent
 * has decided beforehand is recorded and applied at once.
 */
export function openCheckpoints(scope: GateScope, state: RunState, now: number): void {
  const { questions } = state;
  state.questions = [];
  state.hasGates = true;
  for (const question of questions) {
    if (question.kind === "layer") openLayerGate(scope, state, question.layer, now);
    else openTaskGate(scope, state, question, now);
  }
}

function openLayerGate(scope: GateScope, state: RunState, layer: number, now: number): void {
  const { review } = state.plan.spec;
  insert(scope, state, now, {
    kind: "layer",
    layer,
    taskId: null,
    hash: hashLayerGate(state, layer, getLoadedCode(scope, state)),
    message: describeLayer(state, layer),
    risk: review?.risk ?? "medium",
    shownJson: null,
    onTimeout: review?.onTimeout ?? "hold",
    expiresAt: review?.timeoutMs === undefined ? null : now + review.timeoutMs,
  });
}

/** `Layer 0 done, 3 of 3. Start layer 1?` */
function describeLayer(state: RunState, layer: number): string {
  const indices = listLayer(state.plan.graph, layer);
  let succeeded = 0;
  for (const index of indices) if (state.nodes[index]?.status === "succeeded") succeeded++;
  return `Layer ${layer} done, ${succeeded} of ${indices.length}. Start layer ${layer + 1}?`;
}

type TaskQuestion = Extract<Question, { kind: "task" }>;

function openTaskGate(scope: GateScope, state: RunState, asked: TaskQuestion, now: number): void {
  const { node, question, verdict } = asked;
  const row = insert(
    scope,
    state,
    now,
    {
      kind: "task",
      layer: null,
      taskId: getTaskId(state.id, node.index),
      hash: hashTaskGate(state, node, question, getLoadedCode(scope, state)),
      message: question.message,
      risk: question.risk,
      shownJson: serializeShown(question),
      onTimeout: question.onTimeout,
      expiresAt: question.timeoutMs === null ? null : now + question.timeoutMs,
    },
    node,
  );
  if (verdict !== null) acceptVerdict(scope, state, node, row, verdict, now);
}

type Opened = Omit<NewCheckpoint, "runId" | "key" | "round" | "createdAt">;

function insert(scope: GateScope, state: RunState, now: number, opened: Opened, node?: TaskNode): CheckpointRow {
  const { checkpoints } = scope.rows;
  const { opened: earlier } = checkpoints.countRounds(state.id, opened.kind, opened.layer, opened.taskId);
  const row = checkpoints.insert({ ...opened, runId: state.id, key: null, round: earlier + 1, createdAt: now });
  const { number, message, risk, expiresAt } = row;
  noteFact(state, "checkpoint.opened", { checkpoint: number, message, risk, expiresAt }, node?.index);
  return row;
}

/** An agent decides as what it is; people may not be able to tell otherwise. What it passes on, they decide. */
function acceptVerdict(
  scope: GateScope,
  state: RunState,
  node: TaskNode,
  row: CheckpointRow,
  verdict: AgentVerdict,
  now: number,
): void {
  if (verdict.decision === "pass") {
    const data = { checkpoint: row.number, comment: verdict.comment, failure: verdict.failure ?? null };
    return noteFact(state, "checkpoint.passed", data, node.index);
  }
  const choice = verdict.decision;
  const fact = recordDecision(
    scope.rows,
    row,
    {
      choice,
      patch: {},
      reason: choice === "reject" ? (verdict.comment ?? "the agent gave no reason") : null,
      comment: verdict.comment,
      actor: { kind: "agent", name: `review of ${state.plan.spec.name} › ${node.spec.id}` },
      via: "review",
    },
    now,
  );
  state.events.push(fact);
  applyOne(scope, state, { ...row, status: STATUS_OF_CHOICE[choice] }, now);
}
