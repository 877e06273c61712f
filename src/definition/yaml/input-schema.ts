import type { JsonSchema } from "../../core/workflow-spec.ts";
import { findInputProblem } from "./check-input.ts";
import { describeFound } from "./describe-found.ts";
import type { InputDefinition, InputDefinitions } from "./schema-inputs.ts";
import type { YamlPath } from "./yaml-document.ts";

type Report = (path: YamlPath, message: string) => void;
type Values = Omit<InputDefinition, "default" | "items">;

const JSON_TYPES = {
  string: "string",
  integer: "integer",
  number: "number",
  boolean: "boolean",
  list: "array",
  object: "object",
} as const satisfies Record<InputDefinition["type"], string>;

/** What `min` and `max` speak of, by type. */
const BOUND_KEYS: Readonly<Record<InputDefinition["type"], readonly [string, string] | undefined>> = {
  string: ["minLength", "maxLength"],
  integer: ["minimum", "maximum"],
  number: ["minimum", "maximum"],
  list: ["minItems", "maxItems"],
  boolean: undefined,
  object: undefined,
};

/** The JSON Schema of `input` (or of a checkpoint's `fields`). What contradicts itself is reported with its path. */
export function toInputJsonSchema(inputs: InputDefinitions, path: YamlPath, report: Report): JsonSchema {
  const properties = Object.entries(inputs).map(
    ([name, input]) => [name, toPropertySchema(input, [...path, name], report)] as const,
  );
  const required = Object.keys(inputs).filter((name) => inputs[name]?.default === undefined);
  return {
    type: "object",
    properties: Object.fromEntries(properties),
    ...(required.length === 0 ? {} : { required }),
    additionalProperties: false,
  };
}

function toPropertySchema(input: InputDefinition, path: YamlPath, report: Report): JsonSchema {
  const own = toValueSchema(input, path, report);
  if (input.items !== undefined && input.type !== "list") {
    report([...path, "items"], `items has a meaning for a list only, and this is of type ${input.type}`);
  }
  const items = input.items === undefined ? {} : { items: toValueSchema(input.items, [...path, "items"], report) };
  const schema = { ...own, ...(input.type === "list" ? items : {}) };
  if (input.default === undefined) return schema;
  const problem = findInputProblem(schema, input.default);
  if (problem !== undefined) report([...path, "default"], `default: ${problem}`);
  return { ...schema, default: input.default };
}

function toValueSchema(input: Values, path: YamlPath, report: Report): JsonSchema {
  const { type, description, enum: choices, pattern } = input;
  if (pattern !== undefined) checkPattern(pattern, type, [...path, "pattern"], report);
  const schema = {
    type: JSON_TYPES[type],
    ...(description === undefined ? {} : { description }),
    ...(pattern === undefined ? {} : { pattern }),
    ...toBounds(input, path, report),
  };
  for (const [index, choice] of (choices ?? []).entries()) {
    const problem = findInputProblem({ type: JSON_TYPES[type] }, choice);
    if (problem !== undefined) report([...path, "enum", index], `enum: ${problem}`);
  }
  return choices === undefined ? schema : { ...schema, enum: choices };
}

function toBounds(input: Values, path: YamlPath, report: Report): Record<string, number> {
  const keys = BOUND_KEYS[input.type];
  const bounds: Record<string, number> = {};
  for (const [place, name] of (["min", "max"] as const).entries()) {
    const bound = input[name];
    if (bound === undefined) continue;
    if (keys === undefined) report([...path, name], `${name} has no meaning for type ${input.type}. Remove it`);
    else bounds[keys[place] as string] = bound;
  }
  if (input.min !== undefined && input.max !== undefined && input.min > input.max) {
    report([...path, "max"], `max: expected at least min (${input.min}), found ${describeFound(input.max)}`);
  }
  return bounds;
}

function checkPattern(pattern: string, type: string, path: YamlPath, report: Report): void {
  if (type !== "string") report(path, `pattern has a meaning for a string only, and this is of type ${type}`);
  try {
    new RegExp(pattern, "u");
  } catch {
    report(path, `pattern: expected a regular expression, found ${describeFound(pattern)}`);
  }
}
