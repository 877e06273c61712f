import { CHOICES } from "../core/checkpoint-status.ts";
import type { Decision } from "../core/decision.ts";
import { findClosest } from "../core/did-you-mean.ts";
import { ConflictError, InvalidInputError } from "../core/errors.ts";
import { REDO_ROUNDS_MAX } from "../core/limits.ts";
import type { RunPlan } from "../core/run-plan.ts";
import type { JsonSchema, TaskSpec } from "../core/workflow-spec.ts";
import type { CheckpointRow } from "../store/checkpoint-rows.ts";
import type { Rows } from "../store/rows.ts";
import { checkSchema } from "./check-schema.ts";
import { checkRedoTargets } from "./redo-targets.ts";
import { RESOLVED_SCHEMAS } from "./resolved-schema.ts";
import { parseShown } from "./shown.ts";

/** The checkpoint of a decision, and what it belongs to. `plan`, `task`: undefined for a question of a program. */
export interface DecidedGate {
  readonly rows: Rows;
  readonly row: CheckpointRow;
  /** `412.1`. */
  readonly name: string;
  readonly plan: RunPlan | undefined;
  readonly task: TaskSpec | undefined;
  /** Place of an instance in its map's list. */
  readonly item: number | null;
}

/** Only the literal words decide. */
export function checkChoice({ decision }: Decision): void {
  if (CHOICES.includes(decision)) return;
  throw new InvalidInputError(`Expected a decision of ${CHOICES.join(", ")}, found "${decision}". Nothing was done.`);
}

/** Whether a decision can be made here at all. Throws; nothing was done then. */
export function checkDecision(gate: DecidedGate, decision: Decision): void {
  switch (decision.decision) {
    case "approve":
      checkItems(gate, decision.only);
      return checkAnswers(gate, decision.answers);
    case "reject":
      return checkText("reason", decision.reason, gate.name);
    case "edit":
      checkValues(gate, decision.values);
      return checkAnswers(gate, undefined); // what needs answers is approved with them
    case "redo":
      checkText("feedback", decision.feedback, gate.name);
      return checkRedo(gate, decision.tasks);
  }
}

/** Words that explain a decision, in characters: they are read on a screen. */
const TEXT_MAX = 8_192;

function checkText(name: string, text: unknown, gate: string): void {
  if (typeof text !== "string" || text.trim() === "") {
    throw new InvalidInputError(`${gate}: a ${name} is required. Nothing was done.`);
  }
  if (text.length > TEXT_MAX) {
    throw new InvalidInputError(`${gate}: the ${name} is longer than ${TEXT_MAX} characters. Nothing was done.`);
  }
}

function checkItems({ rows, row, name, task, item }: DecidedGate, only: readonly number[] | undefined): void {
  if (only === undefined) return;
  if (task?.map === undefined || item !== null) {
    throw new InvalidInputError(`${name}: there are no items to pick from, since it is not before a map.`);
  }
  const { resolvedJson } = parseShown(row.shownId === null ? null : rows.values.get(row.shownId));
  const list: unknown = resolvedJson === null ? [] : JSON.parse(resolvedJson);
  const count = Array.isArray(list) ? list.length : countSummary(list);
  const wrong = only.find((place) => !Number.isInteger(place) || place < 0 || place >= count);
  if (only.length > 0 && wrong === undefined) return;
  const found = wrong === undefined ? "none" : String(wrong);
  throw new InvalidInputError(
    `${name}: expected items from 0 to ${count - 1}, found ${found}. Nothing was done. To run none of them: reject`,
  );
}

function countSummary(summary: unknown): number {
  const isSummary = typeof summary === "object" && summary !== null && "items" in summary;
  return isSummary && typeof summary.items === "number" ? summary.items : 0;
}

function checkAnswers({ rows, row, name, task }: DecidedGate, answers: unknown): void {
  const fields = row.kind === "ask" ? readAskFields(rows, row) : task?.checkpoint?.fields;
  if (fields === undefined) {
    if (answers === undefined) return;
    throw new InvalidInputError(`${name} has no form to fill in. Nothing was done.`);
  }
  checkSchema(`${name}: its form`, fields, answers ?? {});
}

function readAskFields(rows: Rows, row: CheckpointRow): JsonSchema | undefined {
  if (row.shownId === null) return undefined;
  return (JSON.parse(rows.values.get(row.shownId)) as { fields?: JsonSchema }).fields;
}

function checkValues(gate: DecidedGate, values: Readonly<Record<string, unknown>>): void {
  const ids = Object.keys(values);
  if (ids.length === 0) throw new InvalidInputError(`${gate.name}: an edit sets something: --set TASK=JSON`);
  for (const id of ids) checkValue(gate, id, values[id]);
}

function checkValue(gate: DecidedGate, id: string, value: unknown): void {
  const { name, plan, task, row } = gate;
  if (plan === undefined) throw new InvalidInputError(`${name} is a question: approve or reject it. Nothing was done.`);
  if (row.kind === "layer") return checkLayerValue(gate, plan, id, value);
  if (task === undefined || id !== task.id) throw createWrongTarget(name, id, task === undefined ? [] : [task.id]);
  const schema = findResolvedSchema(task, gate.item);
  if (schema === undefined) {
    throw new InvalidInputError(
      `${name}: ${task.id} is given only what its needs returned, so there is no input to edit. Send that back: lockstep redo ${name} --feedback TEXT`,
    );
  }
  checkSchema(`${name}: the input of ${id}`, schema, value);
}

function checkLayerValue({ rows, row, name }: DecidedGate, plan: RunPlan, id: string, value: unknown): void {
  const index = plan.spec.tasks.findIndex((task) => task.id === id);
  const spec = plan.spec.tasks[index];
  if (spec === undefined || plan.graph.layer[index] !== row.layer) {
    const inLayer = plan.spec.tasks.filter((_, at) => plan.graph.layer[at] === row.layer);
    throw createWrongTarget(
      name,
      id,
      inLayer.map((task) => task.id),
    );
  }
  if (rows.tasks.findStatus(row.runId as number, index) !== "succeeded") {
    throw new ConflictError(`${name}: ${id} has not succeeded, so it has no output to edit. Nothing was done.`);
  }
  checkOutput(`${name}: the output of ${id}`, spec, value);
}

/** A map's schema is of one instance's output; where some may fail, theirs is null. */
function checkOutput(what: string, { map, output }: TaskSpec, value: unknown): void {
  if (map === undefined) {
    if (output !== undefined) checkSchema(what, output, value);
    return;
  }
  checkSchema(what, RESOLVED_SCHEMAS.list, value);
  if (output === undefined || !Array.isArray(value)) return;
  for (const [place, item] of value.entries()) {
    if (item !== null || map.tolerate === undefined) checkSchema(`${what}[${place}]`, output, item);
  }
}

function createWrongTarget(name: string, id: string, ids: readonly string[]): InvalidInputError {
  const closest = findClosest(id, ids);
  const meant = closest === undefined ? `It has: ${ids.slice(0, 20).join(", ")}.` : `Did you mean "${closest}"?`;
  return new InvalidInputError(`${name}: there is no "${id}" to edit. ${meant} Nothing was done.`);
}

/** What an edited input of a task looks like; undefined where it is given nothing but its needs. */
function findResolvedSchema(task: TaskSpec, item: number | null): JsonSchema | undefined {
  if (task.map !== undefined && item === null) return RESOLVED_SCHEMAS.list;
  if (task.kind === "command") return RESOLVED_SCHEMAS.command;
  if (task.kind === "http") return RESOLVED_SCHEMAS.request;
  if (task.kind === "child" || item !== null) return RESOLVED_SCHEMAS.anything;
  return undefined;
}

function checkRedo({ rows, row, name, plan, task }: DecidedGate, tasks: readonly string[] | undefined): void {
  if (plan === undefined || row.runId === null) {
    throw new InvalidInputError(`${name} is a question: approve or reject it. Nothing was done.`);
  }
  checkRedoTargets(name, plan, row.layer, task, tasks);
  const { sentBack } = rows.checkpoints.countRounds(row.runId, row.kind, row.layer, row.taskId);
  if (sentBack < REDO_ROUNDS_MAX) return;
  throw new ConflictError(
    `${name} was sent back ${sentBack} times already; at most ${REDO_ROUNDS_MAX} are allowed. Approve, edit or reject it. Nothing was done.`,
  );
}
