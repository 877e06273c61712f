import { STATUS_OF_CHOICE } from "../core/decision.ts";
import { hashLayerGate, hashTaskGate } from "../core/decision-hash.ts";
import { InvalidInputError } from "../core/errors.ts";
import { listLayer } from "../core/graph.ts";
import type { AgentVerdict } from "../core/outcome.ts";
import type { Question } from "../core/parked-work.ts";
import { noteFact } from "../core/run-notes.ts";
import type { RunState } from "../core/run-state.ts";
import type { TaskNode } from "../core/task-node.ts";
import type { CheckpointRow, NewCheckpoint } from "../store/checkpoint-rows.ts";
import type { Rows } from "../store/rows.ts";
import { getTaskId } from "../store/task-id.ts";
import { applyOne, type GateScope, getLoadedCode } from "./apply-decisions.ts";
import { checkDecision } from "./check-decision.ts";
import { nameCheckpoint } from "./find-gate.ts";
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
  const opening = { ...scope, state, now, rounds: countRounds(scope.rows, state.id) };
  for (const question of questions) {
    if (question.kind === "layer") openLayerGate(opening, question.layer);
    else openTaskGate(opening, question);
  }
}

interface Opening extends GateScope {
  readonly state: RunState;
  readonly now: number;
  /** The last round of each gate of the run: read once, since a map may ask for each of its instances. */
  readonly rounds: ReadonlyMap<string, number>;
}

function countRounds(rows: Rows, runId: number): ReadonlyMap<string, number> {
  return new Map(rows.checkpoints.listRounds(runId).map((last) => [keyOf(last), last.round]));
}

function keyOf({ layer, taskId }: { readonly layer: number | null; readonly taskId: number | null }): string {
  return `${layer ?? ""}:${taskId ?? ""}`;
}

function openLayerGate(opening: Opening, layer: number): void {
  const { state, now } = opening;
  const { review } = state.plan.spec;
  insert(opening, {
    kind: "layer",
    layer,
    taskId: null,
    hash: hashLayerGate(state, layer, getLoadedCode(opening, state)),
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

function openTaskGate(opening: Opening, { node, question, verdict }: TaskQuestion): void {
  const { state, now } = opening;
  const row = insert(
    opening,
    {
      kind: "task",
      layer: null,
      taskId: getTaskId(state.id, node.index),
      hash: hashTaskGate(state, node, question, getLoadedCode(opening, state)),
      message: question.message,
      risk: question.risk,
      shownJson: serializeShown(question),
      onTimeout: question.onTimeout,
      expiresAt: question.timeoutMs === null ? null : now + question.timeoutMs,
    },
    node,
  );
  if (verdict !== null) acceptVerdict(opening, node, row, verdict);
}

type Opened = Omit<NewCheckpoint, "runId" | "key" | "round" | "createdAt">;

function insert({ rows, state, now, rounds }: Opening, opened: Opened, node?: TaskNode): CheckpointRow {
  const round = (rounds.get(keyOf(opened)) ?? 0) + 1;
  const row = rows.checkpoints.insert({ ...opened, runId: state.id, key: null, round, createdAt: now });
  const { number, message, risk, expiresAt } = row;
  noteFact(state, "checkpoint.opened", { checkpoint: number, message, risk, expiresAt }, node?.index);
  return row;
}

/** An agent decides as what it is; people may not be able to tell otherwise. What it passes on, they decide. */
function acceptVerdict(opening: Opening, node: TaskNode, row: CheckpointRow, verdict: AgentVerdict): void {
  const { state, now } = opening;
  if (verdict.decision === "pass") {
    const data = { checkpoint: row.number, comment: verdict.comment, failure: verdict.failure ?? null };
    return noteFact(state, "checkpoint.passed", data, node.index);
  }
  const choice = verdict.decision;
  const failure = choice === "approve" ? findMissing(opening, node, row) : undefined;
  if (failure !== undefined) {
    return noteFact(
      state,
      "checkpoint.passed",
      { checkpoint: row.number, comment: verdict.comment, failure },
      node.index,
    );
  }
  const fact = recordDecision(
    opening.rows,
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
  applyOne(opening, state, { ...row, status: STATUS_OF_CHOICE[choice] }, now);
}

/** What an approval of an agent leaves out: it fills in no form, so people are asked. */
function findMissing({ rows, state }: Opening, node: TaskNode, row: CheckpointRow): string | undefined {
  const item = node.parent === null ? null : node.item;
  const gate = { rows, row, name: nameCheckpoint(row), plan: state.plan, task: node.spec, item };
  try {
    checkDecision(gate, { decision: "approve" });
    return undefined;
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    return error.message;
  }
}
