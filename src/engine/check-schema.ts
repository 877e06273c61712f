import { type OutputUnit, type Schema, Validator } from "@cfworker/json-schema";
import { findClosest } from "../core/did-you-mean.ts";
import { InvalidInputError, LockstepError } from "../core/errors.ts";
import type { JsonSchema } from "../core/workflow-spec.ts";
import { describeExpected } from "../definition/json-schema.ts";
import { describeFound, isPlainRecord } from "../definition/option-reader.ts";

/** Keys that a message lists. */
const KEYS_MAX = 20;

/** @throws {InvalidInputError} naming the place of the first mistake, what was expected there and what was found. */
export function checkSchema(what: string, schema: JsonSchema, value: unknown): void {
  const { valid, errors } = validate(schema, value);
  if (valid) return;
  const { path, text } = describeMistake(schema, value, errors);
  const at = path.length === 0 ? "" : ` at ${path.join(".")}`;
  throw new InvalidInputError(`${what} does not fit its schema${at}: ${text} Nothing was done.`);
}

function validate(schema: JsonSchema, value: unknown): ReturnType<Validator["validate"]> {
  try {
    return new Validator(schema as Schema, "2020-12", false).validate(value);
  } catch (cause) {
    throw new LockstepError("schema_unusable", "The schema in the definition cannot be used to check an edit.", {
      cause,
    });
  }
}

interface Mistake {
  readonly path: readonly string[];
  readonly text: string;
}

/** The deepest error says most. The library calls a key that does not fit unknown, too: that is not worth a word. */
function describeMistake(schema: JsonSchema, value: unknown, errors: readonly OutputUnit[]): Mistake {
  const known = new Set(errors.filter(({ keyword }) => keyword !== "false").map((each) => each.instanceLocation));
  const telling = errors.filter(({ keyword, instanceLocation }) => keyword !== "false" || !known.has(instanceLocation));
  const deepest = telling.reduce((one, other) =>
    readPointer(other.instanceLocation).length >= readPointer(one.instanceLocation).length ? other : one,
  );
  const path = readPointer(deepest.instanceLocation);
  if (deepest.keyword === "false") return describeUnknown(schema, path, errors[errors.indexOf(deepest) - 1]);
  const found = path.reduce(step, value);
  const ofKeyword = findPart(schema, readPointer(deepest.keywordLocation).slice(0, -1));
  const missing = deepest.keyword === "required" ? findMissing(ofKeyword, found) : undefined;
  if (missing !== undefined) return { path, text: `${missing} is missing.` };
  const expected = describeExpected(ofKeyword, found);
  return {
    path,
    text: expected === undefined ? deepest.error : `expected ${expected}, found ${describeFound(found)}.`,
  };
}

/** @param before the error that holds it: that of the schema which has no such key. */
function describeUnknown(schema: JsonSchema, path: readonly string[], before: OutputUnit | undefined): Mistake {
  const holder = before === undefined ? undefined : findPart(schema, readPointer(before.keywordLocation).slice(0, -1));
  const properties = isPlainRecord(holder) && isPlainRecord(holder.properties) ? holder.properties : {};
  const [key, keys] = [path.at(-1) ?? "", Object.keys(properties)];
  const closest = findClosest(key, keys);
  const meant = closest === undefined ? `Known: ${keys.slice(0, KEYS_MAX).join(", ")}.` : `Did you mean "${closest}"?`;
  return { path: path.slice(0, -1), text: `unknown key "${key}". ${meant}` };
}

function findMissing(schema: unknown, found: unknown): string | undefined {
  if (!isPlainRecord(schema) || !Array.isArray(schema.required) || !isPlainRecord(found)) return undefined;
  const missing = schema.required.find((key) => !Object.hasOwn(found, String(key)));
  return missing === undefined ? undefined : `"${String(missing)}"`;
}

/** The part of the schema that these keys lead to, references included. */
function findPart(schema: JsonSchema, keys: readonly string[]): unknown {
  return keys.reduce<unknown>((part, key) => {
    const next = step(part, key);
    return key === "$ref" && typeof next === "string" ? findPart(schema, readPointer(next)) : next;
  }, schema);
}

function step(part: unknown, key: string): unknown {
  return typeof part === "object" && part !== null ? Reflect.get(part, key) : undefined;
}

/** `#/a/b` */
function readPointer(pointer: string): string[] {
  const parts = pointer.split("/").slice(1);
  return parts.map((part) => decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~"));
}
