import type { StandardSchemaV1 } from "@standard-schema/spec";
import { InvalidInputError, LockstepError } from "../core/errors.ts";
import type { JsonSchema } from "../core/workflow-spec.ts";
import { describeExpected, findSchemaAt } from "./json-schema.ts";
import { describeFound } from "./option-reader.ts";

/** Problems that one message lists; more would not be read. */
const PROBLEMS_MAX = 5;

/** What a schema said about one part of a value. */
interface Problem {
  readonly path: readonly PropertyKey[];
  readonly text: string;
}

/**
 * Checks and completes an input. The message names each wrong part, what was expected and what was found; the command
 * line adds where it came from. A promise only where the schema itself is asynchronous.
 * @throws {InvalidInputError}
 */
export function parseWithSchema(schema: StandardSchemaV1, jsonSchema: JsonSchema | undefined, value: unknown): unknown {
  const accept = (result: StandardSchemaV1.Result<unknown>): unknown => {
    if (result.issues === undefined) return result.value;
    throw createInputError(result.issues.map((issue) => describeIssue(issue, jsonSchema, value)));
  };
  const result = schema["~standard"].validate(value);
  return result instanceof Promise ? result.then(accept) : accept(result);
}

/**
 * Checks what a task returned against its declared schema, and returns what the schema makes of it.
 * @throws {LockstepError} code `output_invalid`
 */
export async function parseOutputWithSchema(
  schema: StandardSchemaV1,
  jsonSchema: JsonSchema | undefined,
  value: unknown,
): Promise<unknown> {
  const result = await schema["~standard"].validate(value);
  if (result.issues === undefined) return result.value;
  const [first] = result.issues.map((issue) => describeIssue(issue, jsonSchema, value));
  const path = first === undefined ? "" : formatPath(first.path);
  const name = path === "" ? "output" : `output.${path}`;
  throw new LockstepError("output_invalid", `${name}: ${first?.text ?? "does not fit its schema"}`);
}

function createInputError(problems: readonly Problem[]): InvalidInputError {
  const lines = problems.slice(0, PROBLEMS_MAX).map((problem) => {
    const path = formatPath(problem.path);
    return path === "" ? `input: ${problem.text}` : `input "${path}": ${problem.text}`;
  });
  const more = problems.length - lines.length;
  return new InvalidInputError(more > 0 ? `${lines.join("\n")}\n… and ${more} more` : lines.join("\n"));
}

function describeIssue(issue: StandardSchemaV1.Issue, jsonSchema: JsonSchema | undefined, value: unknown): Problem {
  const path = (issue.path ?? []).map((step) => (typeof step === "object" ? step.key : step));
  const found = findAt(value, path);
  const expected = jsonSchema && describeExpected(findSchemaAt(jsonSchema, path), found);
  if (expected !== undefined) return { path, text: `expected ${expected}, found ${describeFound(found)}` };
  const message = issue.message.replace(/^Invalid input: /, "");
  return { path, text: `${message} (found ${describeFound(found)})` };
}

function findAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let found = value;
  for (const key of path) {
    if (typeof found !== "object" || found === null) return undefined;
    found = Reflect.get(found, key);
  }
  return found;
}

function formatPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === "number") return `${text}[${key}]`;
    return text === "" ? String(key) : `${text}.${String(key)}`;
  }, "");
}
