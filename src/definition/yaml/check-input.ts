import { findClosest } from "../../core/did-you-mean.ts";
import { InvalidInputError } from "../../core/errors.ts";
import type { JsonSchema } from "../../core/workflow-spec.ts";
import { describeExpected } from "../json-schema.ts";
import { describeFound, suggest } from "./describe-found.ts";

/** Inputs that are wrong and that one message lists. */
const PROBLEMS_MAX = 5;

/**
 * Checks an input against the JSON Schema that was made of a file's `input`, and completes it with the defaults.
 * @throws {InvalidInputError} The message names each wrong input; who calls adds where it came from.
 */
export function parseInputValue(schema: JsonSchema, value: unknown): Record<string, unknown> {
  const given = value ?? {};
  if (!isRecord(given)) throw new InvalidInputError(`input: expected a map of inputs, found ${describeFound(value)}`);
  const properties = readProperties(schema);
  const problems = Object.keys(given)
    .filter((name) => !Object.hasOwn(properties, name))
    .map((name) => describeUnknownInput(name, Object.keys(properties)));
  const entries: [string, unknown][] = [];
  for (const [name, property] of Object.entries(properties)) {
    const found = Object.hasOwn(given, name) ? given[name] : undefined;
    if (found === undefined && property.default !== undefined) {
      entries.push([name, structuredClone(property.default)]);
      continue;
    }
    const problem = findInputProblem(property, found);
    if (problem === undefined) entries.push([name, found]);
    else problems.push(`input "${name}": ${problem}`);
  }
  if (problems.length > 0) throw new InvalidInputError(problems.slice(0, PROBLEMS_MAX).join("\n"));
  return Object.fromEntries(entries);
}

/** What to say of a name that the workflow does not have. */
export function describeUnknownInput(name: string, known: readonly string[]): string {
  const closest = findClosest(name, known);
  const list = known.length === 0 ? "It takes none" : `It takes ${known.join(", ")}`;
  const otherwise = closest === undefined ? `. ${list}` : suggest(closest);
  return `input "${name}": the workflow has no such input${otherwise}`;
}

/** `expected …, found …` where a value does not fit, else undefined. */
export function findInputProblem(schema: JsonSchema, value: unknown): string | undefined {
  if (!fitsSchema(schema, value)) {
    const expected = describeExpected(schema, value) ?? "another value";
    const choices = Array.isArray(schema.enum) ? schema.enum.map(String) : [];
    const closest = typeof value === "string" ? suggest(findClosest(value, choices)) : "";
    return `expected ${expected}, found ${describeFound(value)}${closest}`;
  }
  if (!Array.isArray(value) || !isRecord(schema.items)) return undefined;
  const { items } = schema;
  for (const [index, item] of value.entries()) {
    const problem = findInputProblem(items, item);
    if (problem !== undefined) return `[${index}]: ${problem}`;
  }
  return undefined;
}

export function readProperties(schema: JsonSchema): Readonly<Record<string, JsonSchema>> {
  return isRecord(schema.properties) ? (schema.properties as Record<string, JsonSchema>) : {};
}

function fitsSchema(schema: JsonSchema, value: unknown): boolean {
  if (Array.isArray(schema.enum) && !schema.enum.includes(value)) return false;
  switch (schema.type) {
    case "integer":
      return Number.isSafeInteger(value) && isWithin(value as number, schema.minimum, schema.maximum);
    case "number":
      return typeof value === "number" && Number.isFinite(value) && isWithin(value, schema.minimum, schema.maximum);
    case "string":
      return (
        typeof value === "string" &&
        isWithin(value.length, schema.minLength, schema.maxLength) &&
        matches(schema.pattern, value)
      );
    case "boolean":
      return typeof value === "boolean";
    case "array":
      return Array.isArray(value) && isWithin(value.length, schema.minItems, schema.maxItems);
    case "object":
      return isRecord(value);
    default:
      return true;
  }
}

function isWithin(value: number, least: unknown, most: unknown): boolean {
  return !(typeof least === "number" && value < least) && !(typeof most === "number" && value > most);
}

/** A pattern that is no regular expression was reported where it stands. */
function matches(pattern: unknown, value: string): boolean {
  if (typeof pattern !== "string") return true;
  try {
    return new RegExp(pattern, "u").test(value);
  } catch {
    return true;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
