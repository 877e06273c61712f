import type { JsonSchema } from "../core/workflow-spec.ts";

/** What an edited input must look like, by what the task is. They are ours: a definition has no schema of these. */
const TEXTS: JsonSchema = { type: "object", additionalProperties: { type: "string" } };

const ARGUMENTS: JsonSchema = { type: "array", items: { type: "string" } };

const EXEC: JsonSchema = {
  properties: { kind: {}, argv: { ...ARGUMENTS, minItems: 1 } },
  required: ["argv"],
  additionalProperties: false,
};

const SHELL: JsonSchema = {
  properties: { kind: {}, script: { type: "string" }, args: ARGUMENTS, shell: {} },
  required: ["script", "args", "shell"],
  additionalProperties: false,
};

/** By its kind, and not "any of these": a mistake is then told of the one that is meant. */
const COMMAND: JsonSchema = {
  type: "object",
  properties: { kind: { enum: ["exec", "shell"] } },
  required: ["kind"],
  if: { properties: { kind: { const: "shell" } }, required: ["kind"] },
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
  then: SHELL,
  else: EXEC,
};

export const RESOLVED_SCHEMAS = {
  list: { type: "array" },
  request: {
    type: "object",
    properties: { url: { type: "string", minLength: 1 }, method: { type: "string" }, body: {} },
    additionalProperties: false,
  },
  command: {
    type: "object",
    properties: { command: COMMAND, cwd: { type: "string" }, env: TEXTS, stdin: { type: "string" }, files: TEXTS },
    additionalProperties: false,
  },
  anything: {},
} as const satisfies Record<string, JsonSchema>;
