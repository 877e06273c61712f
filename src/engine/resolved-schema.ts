import type { JsonSchema } from "../core/workflow-spec.ts";

/** What an edited input must look like, by what the task is. They are ours: a definition has no schema of these. */
const TEXTS: JsonSchema = { type: "object", additionalProperties: { type: "string" } };

const ARGUMENTS: JsonSchema = { type: "array", items: { type: "string" } };

const COMMAND: JsonSchema = {
  anyOf: [
    {
      type: "object",
      properties: { kind: { const: "exec" }, argv: { ...ARGUMENTS, minItems: 1 } },
      required: ["kind", "argv"],
      additionalProperties: false,
    },
    {
      type: "object",
      properties: { kind: { const: "shell" }, script: { type: "string" }, args: ARGUMENTS, shell: {} },
      required: ["kind", "script", "args", "shell"],
      additionalProperties: false,
    },
  ],
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
