import { hashText, hashValue, toCanonicalJson } from "./canonical-json.ts";
import { listLayer, listNeeds } from "./graph.ts";
import type { PreparedQuestion } from "./outcome.ts";
import type { RunState } from "./run-state.ts";
import type { TaskNode } from "./task-node.ts";
import type { LayerReviewSpec, TaskSpec, WorkflowSpec } from "./workflow-spec.ts";

/**
 * The hash that binds a decision to what was seen and to what it starts (engine.md 7). Versions of outputs stand for
 * their content, so it costs O(tasks), never O(bytes). It holds no times.
 */

/** The code that would run, as the engine has loaded it now: what it starts may not be what was stored with the run. */
export interface LoadedCode {
  readonly codeHash: string | null;
  readonly spec: WorkflowSpec;
}

/** Hash of the review after a layer. */
export function hashLayerGate(state: RunState, layer: number, code: LoadedCode): string {
  const { graph, spec } = state.plan;
  return hashText(
    toCanonicalJson({
      run: state.uid,
      kind: "layer",
      layer,
      outputs: Array.from(listLayer(graph, layer), (index) => toVersion(state.nodes[index] as TaskNode)),
      code: describeCode(code, listStartIds(state, layer + 1)),
      options: pickOptions(spec.review),
    }),
  );
}

/** Hash of the checkpoint before a task or an instance. */
export function hashTaskGate(state: RunState, node: TaskNode, question: PreparedQuestion, code: LoadedCode): string {
  const { graph } = state.plan;
  const declared = node.parent?.index ?? node.index;
  return hashText(
    toCanonicalJson({
      run: state.uid,
      kind: "task",
      task: node.spec.id,
      item: node.parent === null ? null : node.item,
      generation: node.generation,
      outputs: Array.from(listNeeds(graph, declared), (index) => toVersion(state.nodes[index] as TaskNode)),
      text: [question.message, question.resolvedJson, question.showJson],
      code: describeCode(code, [node.spec.id]),
      risk: question.risk,
      options: { timeoutMs: question.timeoutMs, onTimeout: question.onTimeout, fields: node.spec.checkpoint?.fields },
    }),
  );
}

/** What a question of a program asks: the same key with another content is another question. */
export interface AskContent {
  readonly key: string | null;
  readonly message: string;
  readonly risk: string;
  readonly showJson: string | null;
  readonly fields: unknown;
  readonly timeoutMs: number | null;
}

export function hashAsk(content: AskContent): string {
  return hashValue({ kind: "ask", ...content });
}

function toVersion(node: TaskNode): [string, string, number, number] {
  return [node.spec.id, node.status, node.generation, node.revision];
}

/** The ids of a layer's tasks that have not ended: those that an approval lets begin. */
function listStartIds(state: RunState, layer: number): string[] {
  if (layer >= state.plan.graph.layerCount) return [];
  const ids: string[] = [];
  for (const index of listLayer(state.plan.graph, layer)) {
    const node = state.nodes[index] as TaskNode;
    if (node.status === "pending") ids.push(node.spec.id);
  }
  return ids;
}

/** A task that the loaded file no longer has is null there. */
function describeCode({ codeHash, spec }: LoadedCode, ids: readonly string[]): unknown {
  const specs = getSpecsById(spec);
  return [codeHash, ids.map((id) => [id, hashSpec(specs.get(id))])];
}

const SPECS_BY_ID = new WeakMap<WorkflowSpec, ReadonlyMap<string, TaskSpec>>();

function getSpecsById(spec: WorkflowSpec): ReadonlyMap<string, TaskSpec> {
  const found = SPECS_BY_ID.get(spec);
  if (found !== undefined) return found;
  const made = new Map(spec.tasks.map((task) => [task.id, task]));
  SPECS_BY_ID.set(spec, made);
  return made;
}

const SPEC_HASHES = new WeakMap<TaskSpec, string>();

function hashSpec(spec: TaskSpec | undefined): string | null {
  if (spec === undefined) return null;
  const found = SPEC_HASHES.get(spec);
  if (found !== undefined) return found;
  const made = hashValue(spec);
  SPEC_HASHES.set(spec, made);
  return made;
}

function pickOptions(review: LayerReviewSpec | undefined): unknown {
  return { risk: review?.risk ?? "medium", timeoutMs: review?.timeoutMs, onTimeout: review?.onTimeout ?? "hold" };
}
