/** Reads option values that a user wrote: each function returns the value or throws what was expected and what was found. */

import { findClosest } from "../core/did-you-mean.ts";
import { parseDuration } from "../core/duration.ts";
import { InvalidDefinitionError } from "../core/errors.ts";

export type Options = Readonly<Record<string, unknown>>;
export type AnyFunction = (...args: readonly unknown[]) => unknown;

/** Longest part of a wrong value that a message repeats. */
const FOUND_CHARS_MAX = 60;

/** A short description of a value that was not expected. */
export function describeFound(found: unknown): string {
  if (found === undefined) return "nothing";
  if (found === null) return "null";
  if (typeof found === "string") return JSON.stringify(cut(found));
  if (typeof found === "number" || typeof found === "boolean") return String(found);
  if (typeof found === "bigint") return `${found}n`;
  if (Array.isArray(found)) return found.length === 0 ? "an empty list" : "a list";
  if (typeof found === "function") return "a function";
  return "an object";
}

function cut(text: string): string {
  return text.length <= FOUND_CHARS_MAX ? text : `${text.slice(0, FOUND_CHARS_MAX)}…`;
}

/** The error for a value at `path` that is not what it should be. */
export function createExpectedError(path: string, expected: string, found: unknown): InvalidDefinitionError {
  return new InvalidDefinitionError(`${path}: expected ${expected}, found ${describeFound(found)}`);
}

/** Runs `read` and puts `prefix` before the message of what it throws. */
export function withPrefix<T>(prefix: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof InvalidDefinitionError)) throw error;
    throw new InvalidDefinitionError(`${prefix}: ${error.message}`, { code: error.code, cause: error.cause });
  }
}

export function isPlainRecord(value: unknown): value is Options {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype || Object.getPrototypeOf(prototype) === null;
}

export function readRecord(value: unknown, path: string, expected = "an object"): Options {
  if (!isPlainRecord(value)) throw createExpectedError(path, expected, value);
  return value;
}

/** Refuses keys that are not known, with "did you mean". `where` says whose keys they are: `task "verify"`. */
export function refuseUnknownKeys(options: Options, known: ReadonlySet<string>, where: string): void {
  for (const key of Object.keys(options)) {
    if (known.has(key)) continue;
    const closest = findClosest(key, known);
    const question = closest === undefined ? ` Known: ${[...known].join(", ")}.` : ` Did you mean "${closest}"?`;
    throw new InvalidDefinitionError(`unknown key "${key}" in ${where}.${question}`, { code: "unknown_key" });
  }
}

export function readText(value: unknown, path: string, expected = "text"): string {
  if (typeof value !== "string" || value === "") throw createExpectedError(path, expected, value);
  return value;
}

export function readInteger(value: unknown, path: string, min: number, max = Number.MAX_SAFE_INTEGER): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= min && value <= max) return value;
  const upTo = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
  throw createExpectedError(path, `an integer ${upTo}`, value);
}

export function readNumber(value: unknown, path: string, min: number, max = Number.POSITIVE_INFINITY): number {
  if (typeof value === "number" && Number.isFinite(value) && value >= min && value <= max) return value;
  const upTo = max === Number.POSITIVE_INFINITY ? `of at least ${min}` : `from ${min} to ${max}`;
  throw createExpectedError(path, `a number ${upTo}`, value);
}

export function readBoolean(value: unknown, path: string): boolean {
  if (typeof value !== "boolean") throw createExpectedError(path, "true or false", value);
  return value;
}

export function readOneOf<const T extends string>(value: unknown, path: string, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === value);
  if (found !== undefined) return found;
  const closest = typeof value === "string" ? findClosest(value, choices) : undefined;
  const question = closest === undefined ? "" : `. Did you mean "${closest}"?`;
  const list = choices.map((choice) => `"${choice}"`).join(", ");
  throw new InvalidDefinitionError(`${path}: expected one of ${list}, found ${describeFound(value)}${question}`);
}

/** A duration such as `30s`, in milliseconds. */
export function readDurationMs(value: unknown, path: string): number {
  return withPrefix(path, () => parseDuration(value));
}

export function readFunction(value: unknown, path: string, expected = "a function"): AnyFunction {
  if (typeof value !== "function") throw createExpectedError(path, expected, value);
  return value as AnyFunction;
}

/** A record of texts, such as labels. */
export function readTexts(value: unknown, path: string): Readonly<Record<string, string>> {
  const record = readRecord(value, path, "an object of texts");
  const texts: Record<string, string> = {};
  for (const [key, text] of Object.entries(record)) {
    if (typeof text !== "string") throw createExpectedError(`${path}.${key}`, "text", text);
    texts[key] = text;
  }
  return texts;
}
