import { InvalidInputError } from "../core/errors.ts";
import { TASK_INPUTS_BYTES_MAX } from "../core/limits.ts";
import type { RunState } from "../core/run-state.ts";
import { disarmReferences } from "../core/secret-reference.ts";
import { type GivenNeeds, type MapState, needsExpansion, type TaskNode } from "../core/task-node.ts";
import type { Assignment } from "../runners/runner.ts";
import type { Rows } from "../store/rows.ts";
import { type Given, NO_GIVEN, parseGiven } from "./given.ts";

interface AssignmentPlace {
  /** Absolute; null: nothing is kept of what the task prints. */
  readonly logsDir: string | null;
  readonly uid?: string;
  readonly store: { readonly path: string };
}

/**
 * A claimed task as a plain value: its input and the recorded outputs that it needs. Reads rows; inside the transaction
 * that claims it, after the outcomes of the same turn were written.
 * @throws {InvalidInputError} where the needed outputs are larger than 64 MiB together.
 */
export function createAssignment(
  rows: Rows,
  state: RunState,
  node: TaskNode,
  { logsDir, uid, store }: AssignmentPlace,
): Assignment {
  const { spec } = node;
  const key = `${state.uid}:${spec.id}:${node.parent === null ? "" : node.item}:${node.generation}`;
  const given = readGiven(rows, state, node);
  return {
    attemptId: `${key}:${node.attempt}`,
    definitionHash: state.plan.hash,
    run: { id: String(state.id), uid: state.uid, workflow: state.plan.spec.name },
    labels: state.facts.labels,
    taskIndex: node.parent?.index ?? node.index,
    spec,
    step: needsExpansion(node) ? "expand" : "body",
    approved: node.step === "approved",
    inputJson: state.facts.inputJson,
    needsJson: node.parent?.map ? readNeedsOnce(rows, state, node, node.parent.map) : readNeeds(rows, state, node),
    itemJson: readItem(rows, state, node),
    index: node.parent === null ? null : node.item,
    attempt: node.attempt,
    idempotencyKey: key,
    scheduledAt: state.facts.scheduledAt,
    feedback: given.feedback ?? null,
    answersJson: given.answers === undefined ? null : JSON.stringify(given.answers),
    ...(given.approval && node.step === "approved" ? { approval: given.approval } : {}),
    logPath: logsDir === null ? null : `${logsDir}/${state.id}/${nameLog(node)}`,
    alone: node.interruptions > 0,
    ...(uid === undefined ? {} : { engineUid: uid }),
    databasePath: store.path,
    cwd: state.facts.cwd,
  };
}

/** `TASK.GENERATION.ATTEMPT.log`, of an instance `TASK.ITEM.GENERATION.ATTEMPT.log`. */
function nameLog(node: TaskNode): string {
  const item = node.parent === null ? "" : `.${node.item}`;
  return `${node.spec.id}${item}.${node.generation}.${node.attempt}.log`;
}

const NO_NEEDS: Readonly<Record<string, string | null>> = {};

/** Among what instances need is often the whole list: it is read for the first of them. */
function readNeedsOnce(rows: Rows, state: RunState, node: TaskNode, map: MapState): GivenNeeds["texts"] {
  const indices = Object.values(node.spec.needs ?? {});
  const stamp = indices.map((index) => stampResult(state.nodes[index] as TaskNode)).join();
  if (map.given?.stamp !== stamp) map.given = { stamp, texts: readNeeds(rows, state, node) };
  return map.given.texts;
}

function stampResult({ status, generation, revision }: TaskNode): string {
  return `${status} ${generation} ${revision}`;
}

function readNeeds(rows: Rows, state: RunState, node: TaskNode): Readonly<Record<string, string | null>> {
  const { needs } = node.spec;
  if (needs === undefined) return NO_NEEDS;
  const texts: Record<string, string | null> = {};
  let size = 0;
  for (const name of Object.keys(needs)) {
    const need = state.nodes[needs[name] as number] as TaskNode;
    const text = need.status === "succeeded" ? (need.shortOutput ?? rows.tasks.getOutput(state.id, need)) : null;
    texts[name] = text === null || need.spec.kind !== "child" ? text : readChildResult(state, text);
    size += text?.length ?? 0;
  }
  if (size > TASK_INPUTS_BYTES_MAX) throw new InvalidInputError(describeTooLarge(node, size));
  return texts;
}

/** The secrets of a child are not those of its parent: a reference in its result is text here. */
function readChildResult({ plan }: RunState, text: string): string {
  return plan.spec.secrets === undefined ? text : disarmReferences(text);
}

function describeTooLarge(node: TaskNode, size: number): string {
  const mib = (bytes: number): string => `${Math.ceil(bytes / 1_048_576)} MiB`;
  return `Task "${node.spec.id}" needs ${mib(size)} of outputs; expected at most ${mib(TASK_INPUTS_BYTES_MAX)}. Write the data to files and hand on their paths.`;
}

function readItem(rows: Rows, state: RunState, node: TaskNode): string | null {
  const map = node.parent?.map;
  if (!node.parent || !map) return null;
  if (map.items === null) {
    const list = rows.tasks.getList(state.id, node.parent);
    map.items = list.items;
    map.labels = list.labels;
  }
  return map.items[node.item] ?? "null";
}

/** Instances are given what their map was. */
function readGiven(rows: Rows, state: RunState, node: TaskNode): Given {
  const own = node.hasGiven ? parseGiven(rows.tasks.getGiven(state.id, node)) : NO_GIVEN;
  if (!node.parent?.hasGiven) return own;
  const { approval: _, ...shared } = parseGiven(rows.tasks.getGiven(state.id, node.parent));
  return { ...shared, ...own };
}
