import { findClosest } from "./did-you-mean.ts";
import { InvalidDefinitionError } from "./errors.ts";
import { formatAmount, formatResource } from "./resource-text.ts";
import type { ResourceSpec, TaskSpec, WorkflowSpec } from "./workflow-spec.ts";

/** What a machine has, for all its workflows: as `lockstep.config.yaml` says, or a program. */
export interface MachineResources {
  /** Absolute, or what people know it by. */
  readonly file: string;
  readonly resources: Readonly<Record<string, ResourceSpec>>;
  /** Attempts at once over all runs of the database. */
  readonly maxConcurrent?: number;
}

/** The row of what `maxConcurrent` of the machine limits: each attempt takes one. No resource can be named so. */
export const ALL_ATTEMPTS = "*";

/** A resource, and the file that defines it. */
export interface DefinedResource {
  readonly spec: ResourceSpec;
  readonly file: string;
}

/**
 * The resources that a workflow knows: the machine's, and what its own add to them.
 * @param file of the workflow, as people know it
 * @throws {InvalidDefinitionError} where two definitions of a name differ, where a task uses a name that nobody defines,
 * or more of it than there is. Nothing was started.
 */
export function checkResources(
  workflow: WorkflowSpec,
  file: string,
  machine: MachineResources | undefined,
): ReadonlyMap<string, DefinedResource> {
  const known = new Map<string, DefinedResource>();
  for (const [name, spec] of Object.entries(machine?.resources ?? {})) {
    known.set(name, { spec, file: machine?.file ?? "" });
  }
  for (const [name, spec] of Object.entries(workflow.resources ?? {})) {
    const other = known.get(name);
    if (other !== undefined && !isSameResource(spec, other.spec)) {
      throw createConflictError(name, { spec, file }, other);
    }
    if (other === undefined) known.set(name, { spec, file });
  }
  for (const task of workflow.tasks) checkUses(workflow, task, known);
  return known;
}

/** Slots are a capacity of which each takes one. */
export function isSameResource(one: ResourceSpec, other: ResourceSpec): boolean {
  if (!("rate" in one) || !("rate" in other)) return getCapacity(one) === getCapacity(other);
  return one.rate === other.rate && one.windowMs === other.windowMs && (one.burst ?? 1) === (other.burst ?? 1);
}

/** What one attempt can take at most: of a rate, its burst. */
function getMost(spec: ResourceSpec): number {
  return "rate" in spec ? (spec.burst ?? 1) : (getCapacity(spec) ?? 0);
}

export function getCapacity(spec: ResourceSpec): number | undefined {
  if ("slots" in spec) return spec.slots;
  return "capacity" in spec ? spec.capacity : undefined;
}

function checkUses(workflow: WorkflowSpec, task: TaskSpec, known: ReadonlyMap<string, DefinedResource>): void {
  const uses = Object.entries(task.uses ?? {});
  const who = `Workflow "${workflow.name}": task "${task.id}"`;
  if (task.kind === "child" && uses.length > 0) {
    throw new InvalidDefinitionError(
      `${who} starts a child workflow, which takes nothing itself. Nothing was started. Put \`uses\` on the tasks of "${task.child}"`,
      { code: "uses_of_child" },
    );
  }
  for (const [name, amount] of uses) {
    const found = known.get(name);
    if (found === undefined) throw createUnknownError(who, name, known);
    if (amount > getMost(found.spec)) throw createTooMuchError(who, name, amount, found);
  }
}

function createUnknownError(who: string, name: string, known: ReadonlyMap<string, unknown>): InvalidDefinitionError {
  const meant = findClosest(name, known.keys());
  const question = meant === undefined ? "" : ` Did you mean "${meant}"?`;
  const names = known.size === 0 ? "none is defined" : `defined are ${[...known.keys()].slice(0, 8).join(", ")}`;
  return new InvalidDefinitionError(
    `${who} uses "${name}", which nobody defines (${names}).${question} Nothing was started. Define it under \`resources\` of the workflow or of lockstep.config.yaml`,
    { code: "unknown_resource" },
  );
}

function createTooMuchError(
  who: string,
  name: string,
  amount: number,
  { spec, file }: DefinedResource,
): InvalidDefinitionError {
  const most = formatAmount(getMost(spec));
  const limit = "rate" in spec ? `lets at most ${most} through at once (its burst)` : `has only ${most}`;
  return new InvalidDefinitionError(
    `${who} uses ${formatAmount(amount)} of "${name}", which ${limit}: ${formatResource(spec)} in ${file}. It would never start. Nothing was started`,
    { code: "resource_too_small" },
  );
}

export function createConflictError(
  name: string,
  one: DefinedResource,
  other: DefinedResource,
): InvalidDefinitionError {
  return new InvalidDefinitionError(
    `The resource "${name}" is ${formatResource(one.spec)} in ${one.file}, and ${formatResource(other.spec)} in ${other.file}. Nothing was started. Make them the same, or define it once, in lockstep.config.yaml`,
    { code: "resource_conflict" },
  );
}
