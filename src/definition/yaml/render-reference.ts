import type { JsonSchema } from "../../core/workflow-spec.ts";
import { EXPRESSION_FUNCTIONS } from "./expression-functions.ts";
import { EXPRESSION_NAMES, RUN_KEYS } from "./expression-names.ts";
import { mayHoldExpression } from "./placement.ts";
import { workflowJsonSchema } from "./workflow-json-schema.ts";
import type { YamlPath } from "./yaml-document.ts";

/** The maps of a file, in the order of the reference, with where each stands. */
const SECTIONS: readonly { readonly title: string; readonly path: YamlPath }[] = [
  { title: "The file", path: [] },
  { title: "input: an input", path: ["input", "*"] },
  { title: "tasks: a task", path: ["tasks", "*"] },
  { title: "retry", path: ["tasks", "*", "retry"] },
  { title: "map", path: ["tasks", "*", "map"] },
  { title: "checkpoint and confirm", path: ["tasks", "*", "checkpoint"] },
  { title: "http", path: ["tasks", "*", "http"] },
  { title: "workflow: a child", path: ["tasks", "*", "workflow"] },
  { title: "schedule", path: ["schedule"] },
  { title: "resources: a resource (one of)", path: ["resources", "*"] },
  { title: "secrets: a secret (one of)", path: ["secrets", "*"] },
  { title: "notify", path: ["notify"] },
];

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: "text",
  integer: "whole number",
  number: "number",
  boolean: "boolean",
  array: "list",
  object: "map",
};

/** The reference of YAML files as Markdown, made of the schema that validates them: no key can be missing from it. */
export function renderYamlReference(): string {
  const sections = SECTIONS.map(({ title, path }) => `## ${title}\n\n${renderKeys(path)}`);
  return [
    "# YAML reference",
    "Unknown keys are errors. Durations are `500ms 30s 5m 2h 7d`. Keys with ✓ may hold `${{ }}`. `lockstep schema` prints the same as JSON Schema.",
    ...sections,
    renderExpressions(),
    "",
  ].join("\n\n");
}

function renderKeys(path: YamlPath): string {
  const rows = path
    .reduce<JsonSchema[]>((schemas, step) => schemas.flatMap((each) => stepInto(each, step)), [workflowJsonSchema()])
    .flatMap(listAlternatives)
    .flatMap((map) =>
      Object.entries(readMap(map.properties)).map(([key, schema]) => renderKey(path, map, key, schema)),
    );
  return ["| key | type | `${{ }}` | |", "|---|---|---|---|", ...new Set(rows)].join("\n");
}

function renderKey(path: YamlPath, map: JsonSchema, key: string, schema: unknown): string {
  const required = Array.isArray(map.required) && map.required.includes(key) ? " (required)" : "";
  const text = String(readMap(schema).description ?? "");
  const takesExpression = [[], ["*"]].some((rest) => mayHoldExpression([...path, key, ...rest]));
  return `| \`${key}\`${required} | ${describeType(schema)} | ${takesExpression ? "✓" : ""} | ${text.replaceAll("|", "\\|")} |`;
}

function describeType(value: unknown): string {
  const schema = readMap(value);
  if (Array.isArray(schema.anyOf)) return [...new Set(schema.anyOf.map(describeType))].join(" or ");
  if (Array.isArray(schema.enum)) return schema.enum.map((each) => `\`${String(each)}\``).join(" ");
  if ("const" in schema) return `\`${String(schema.const)}\``;
  if (Array.isArray(schema.examples)) return "duration";
  if (typeof schema.pattern === "string" && schema.pattern.includes("\\$\\{\\{")) return "`${{ }}`";
  if (Array.isArray(schema.type)) return schema.type.map((each) => describeType({ type: each })).join(" or ");
  const name = TYPE_NAMES[String(schema.type)] ?? "any";
  if (schema.type === "array" && isNamed(schema.items)) return `list of ${describeType(schema.items)}`;
  if (isNamed(schema.additionalProperties)) return `map of name → ${describeType(schema.additionalProperties)}`;
  return name;
}

function isNamed(schema: unknown): boolean {
  return Object.keys(readMap(schema)).length > 0;
}

function renderExpressions(): string {
  const functions = [...EXPRESSION_FUNCTIONS.values()].map(({ usage, summary }) => `| \`${usage}\` | ${summary} |`);
  return [
    "## `${{ }}`",
    `Names: ${EXPRESSION_NAMES.map((name) => `\`${name}\``).join(" ")}. \`run\` has ${RUN_KEYS.map((key) => `\`${key}\``).join(" ")}.`,
    "Paths are `needs.dump.file`, `item[0]`, `input['a-b']`; what is not there is null. Operators are `== != < <= > >= && || !` with parentheses, and literals `'text' 12 true false null`.",
    "A value that is only `${{ x }}` keeps its type; inside a text it is inserted as text, lists and maps as JSON. It may not stand in `run`, `shell`, keys or ids.",
    ["| function | |", "|---|---|", ...functions].join("\n"),
  ].join("\n\n");
}

function stepInto(parent: JsonSchema, step: string | number): JsonSchema[] {
  return listAlternatives(parent).flatMap((each) => {
    const inner = step === "*" ? each.additionalProperties : readMap(each.properties)[step];
    return isNamed(inner) ? [readMap(inner)] : [];
  });
}

/** A list of maps stands for the map that it holds. */
function listAlternatives(schema: JsonSchema): JsonSchema[] {
  return Array.isArray(schema.anyOf) ? schema.anyOf.map(readMap) : [schema];
}

function readMap(value: unknown): JsonSchema {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonSchema) : {};
}
