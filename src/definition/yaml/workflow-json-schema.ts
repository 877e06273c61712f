import { z } from "zod";
import type { JsonSchema } from "../../core/workflow-spec.ts";
import { workflowSchema } from "./schema-workflow.ts";
import type { YamlPath } from "./yaml-document.ts";

let schema: JsonSchema | undefined;

/** The JSON Schema (2020-12) of a workflow file, made of the schema that validates: what `lockstep schema` prints. */
export function workflowJsonSchema(): JsonSchema {
  schema ??= {
    ...z.toJSONSchema(workflowSchema, { io: "input" }),
    title: "Lockstep workflow",
    description: "A workflow of tasks, as a YAML file",
  };
  return schema;
}

/** The keys that may stand in the map at this path of a file with this schema, in the order of the reference. */
export function listKnownKeys(path: YamlPath, root: JsonSchema = workflowJsonSchema()): string[] {
  let candidates = [root];
  for (const step of path) candidates = candidates.flatMap((each) => stepInto(each, step));
  return [...new Set(candidates.flatMap(listAlternatives).flatMap((each) => Object.keys(readRecord(each.properties))))];
}

function stepInto(parent: JsonSchema, step: string | number): JsonSchema[] {
  return listAlternatives(parent).flatMap((each) => {
    if (typeof step === "number") return isSchema(each.items) ? [each.items] : [];
    const property = readRecord(each.properties)[step] ?? each.additionalProperties;
    return isSchema(property) ? [property] : [];
  });
}

function listAlternatives(one: JsonSchema): JsonSchema[] {
  return Array.isArray(one.anyOf) ? one.anyOf.filter(isSchema) : [one];
}

function readRecord(value: unknown): JsonSchema {
  return isSchema(value) ? value : {};
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
