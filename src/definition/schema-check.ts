import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { JsonSchema } from "../core/workflow-spec.ts";
import { createExpectedError } from "./option-reader.ts";

/** True for what speaks Standard Schema 1; some libraries' schemas are functions. */
export function isSchema(value: unknown): value is StandardSchemaV1 {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return false;
  if (!("~standard" in value) || typeof value["~standard"] !== "object" || value["~standard"] === null) return false;
  return "validate" in value["~standard"] && typeof value["~standard"].validate === "function";
}

export function readSchema(value: unknown, path: string): StandardSchemaV1 {
  if (isSchema(value)) return value;
  throw createExpectedError(path, "a schema such as z.object({ … }) (zod 4, valibot, arktype)", value);
}

/**
 * The JSON Schema of a schema, where its library can make one (Standard JSON Schema: zod 4.2, arktype 2.1.28 and later):
 * `input` is what callers may give, `output` what comes out. Undefined where it cannot.
 */
export function findJsonSchema(schema: StandardSchemaV1, side: "input" | "output"): JsonSchema | undefined {
  const standard: unknown = schema["~standard"];
  if (typeof standard !== "object" || standard === null || !("jsonSchema" in standard)) return undefined;
  const converter = standard.jsonSchema;
  if (typeof converter !== "object" || converter === null || !(side in converter)) return undefined;
  const convert: unknown = Reflect.get(converter, side);
  if (typeof convert !== "function") return undefined;
  try {
    const made: unknown = convert.call(converter, { target: "draft-2020-12" });
    return JSON.parse(JSON.stringify(made)) as JsonSchema;
  } catch {
    // The standard lets a library throw where JSON Schema has no words for a schema, such as a date.
    return undefined;
  }
}
