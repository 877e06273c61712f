import { InvalidDefinitionError } from "../core/errors.ts";
import { type DeclaredHandle, isHandle } from "./handles.ts";
import { createExpectedError, isPlainRecord } from "./option-reader.ts";

/** Reads `needs` as name → place in the declaration. `owner` is the workflow that the handles must belong to. */
export function readNeeds(value: unknown, owner: object): Readonly<Record<string, number>> | undefined {
  if (value === undefined) return undefined;
  const needs: Record<string, number> = {};
  if (Array.isArray(value)) {
    for (const [place, entry] of value.entries()) {
      const handle = readHandle(entry, `needs[${place}]`, owner);
      needs[handle.id] = handle.index;
    }
  } else if (isPlainRecord(value)) {
    for (const [name, entry] of Object.entries(value)) needs[name] = readHandle(entry, `needs.${name}`, owner).index;
  } else if (isHandle(value)) {
    throw createExpectedError("needs", `a record or a list of tasks, such as { ${value.id} } or [${value.id}]`, value);
  } else {
    throw createExpectedError("needs", "a record or a list of tasks, such as { a, b } or [a, b]", value);
  }
  for (const _ in needs) return needs;
  return undefined;
}

/** Reads `after` as places in the declaration, each once. */
export function readAfter(value: unknown, owner: object): readonly number[] | undefined {
  if (value === undefined) return undefined;
  if (!Array.isArray(value)) throw createExpectedError("after", "a list of tasks, such as [a, b]", value);
  if (value.length === 0) return undefined;
  return [...new Set(value.map((entry, place) => readHandle(entry, `after[${place}]`, owner).index))];
}

/** A handle of the workflow `owner`. One of another workflow is refused. */
export function readHandle(value: unknown, path: string, owner: object): DeclaredHandle {
  if (!isHandle(value)) throw createExpectedError(path, "a task of this workflow (what wf.task returned)", value);
  if (value.owner === owner) return value;
  throw new InvalidDefinitionError(
    `${path}: task "${value.id}" belongs to ${describeOwner(value.owner)}, not to this workflow. ` +
      "Need a task of this workflow, or start the other one with wf.child.",
    { code: "foreign_handle" },
  );
}

function describeOwner(owner: unknown): string {
  const name = typeof owner === "object" && owner !== null && "name" in owner ? owner.name : undefined;
  return typeof name === "string" ? `workflow "${name}"` : "another workflow";
}
