import { InvalidDefinitionError } from "../core/errors.ts";
import { buildGraph, type Graph } from "../core/graph.ts";
import { type ReturnsSpec, SPEC_FORMAT, type TaskSpec, type WorkflowSpec } from "../core/workflow-spec.ts";
import { createDefaultReturns } from "./default-returns.ts";
import type { DraftReturns, TaskDraft } from "./draft.ts";
import { parseWithSchema } from "./parse-input.ts";
import type { WorkflowProgram } from "./program.ts";
import type { WorkflowFacts } from "./read-workflow-options.ts";
import { toProgram } from "./workflow-mark.ts";

interface Declared {
  readonly tasks: readonly TaskDraft[];
  readonly returns: DraftReturns | undefined;
}

/** Workflows whose programs are being made, to notice one that starts itself. */
const underway = new Set<WorkflowFacts>();

/** Makes the spec and the program of what was declared: tasks in layer order, then as declared. */
export function createProgram(facts: WorkflowFacts, declared: Declared): WorkflowProgram {
  const { name } = facts.fields;
  if (declared.tasks.length === 0) {
    throw new InvalidDefinitionError(`workflow "${name}" has no task. Declare one with wf.task(id, function).`);
  }
  if (underway.has(facts)) {
    throw new InvalidDefinitionError(`workflow "${name}" starts itself as a child, so it would never end`);
  }
  underway.add(facts);
  try {
    return assemble(facts, declared);
  } finally {
    underway.delete(facts);
  }
}

function assemble(facts: WorkflowFacts, declared: Declared): WorkflowProgram {
  const { tasks } = declared;
  const graph = buildGraph(tasks.map(({ id, needs, after }) => ({ id, needs: listPlaces(needs, after) })));
  const indexOf = invertOrder(graph);
  const ordered = Array.from(graph.order, (place) => tasks[place] as TaskDraft);
  const specs = ordered.map((draft) => createTaskSpec(draft, indexOf));
  const returns = createReturns(declared, specs, indexOf);
  const spec: WorkflowSpec = {
    format: SPEC_FORMAT,
    ...facts.fields,
    ...(returns && { returns }),
    tasks: specs,
  };
  const children = collectChildren(tasks);
  const { inputSchema } = facts;
  return {
    spec,
    tasks: ordered.map((draft) => draft.program),
    parseInput: (value) => (inputSchema ? parseWithSchema(inputSchema, spec.input, value) : value),
    ...(children.size > 0 && { children }),
  };
}

const NO_PLACES: readonly number[] = [];

function listPlaces(needs: TaskDraft["needs"], after: TaskDraft["after"]): readonly number[] {
  if (needs === undefined) return after ?? NO_PLACES;
  return after === undefined ? Object.values(needs) : [...Object.values(needs), ...after];
}

/** Place in the declaration → index in the spec. */
function invertOrder(graph: Graph): Int32Array {
  const indexOf = new Int32Array(graph.size);
  graph.order.forEach((place, index) => {
    indexOf[place] = index;
  });
  return indexOf;
}

function createTaskSpec(draft: TaskDraft, indexOf: Int32Array): TaskSpec {
  const { id, kind, fields, needs, after } = draft;
  return {
    id,
    kind,
    ...fields,
    ...(needs && { needs: translate(needs, indexOf) }),
    ...(after && { after: after.map((place) => indexOf[place] as number) }),
  };
}

function translate(places: Readonly<Record<string, number>>, indexOf: Int32Array): Readonly<Record<string, number>> {
  const indices: Record<string, number> = {};
  for (const name in places) indices[name] = indexOf[places[name] as number] as number;
  return indices;
}

/** What `wf.returns` said, else the only last task, else the last tasks by their ids. */
function createReturns(
  { returns }: Declared,
  tasks: readonly TaskSpec[],
  indexOf: Int32Array,
): ReturnsSpec | undefined {
  if (typeof returns === "number") return { kind: "task", task: indexOf[returns] as number };
  if (returns !== undefined) return { kind: "record", tasks: translate(returns, indexOf) };
  return createDefaultReturns(tasks);
}

function collectChildren(tasks: readonly TaskDraft[]): ReadonlyMap<string, WorkflowProgram> {
  const children = new Map<string, WorkflowProgram>();
  for (const { id, child } of tasks) {
    if (child === undefined) continue;
    const program = toProgram(child);
    const other = children.get(child.name);
    if (other !== undefined && other !== program) {
      throw new InvalidDefinitionError(
        `task "${id}": another child workflow is named "${child.name}" too. Rename one.`,
      );
    }
    children.set(child.name, program);
  }
  return children;
}
