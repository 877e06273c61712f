import { parseDuration } from "../core/duration.ts";
import { InvalidDefinitionError } from "../core/errors.ts";

/** Readers of option values: each returns the value, or throws with the option's name, what was expected and what was found. */

export function parseCount(option: string, text: string, max = Number.MAX_SAFE_INTEGER): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(count) && count >= 1 && count <= max) return count;
  const upTo = max === Number.MAX_SAFE_INTEGER ? "of at least 1" : `from 1 to ${max}`;
  throw createUsageError(`${option}: expected an integer ${upTo}, found "${text}"`);
}

export function parseDurationOption(option: string, text: string): number {
  try {
    return parseDuration(text);
  } catch (error) {
    if (!(error instanceof InvalidDefinitionError)) throw error;
    throw createUsageError(`${option}: ${error.message}`, error);
  }
}

/** Collects a repeatable `NAME=TEXT` option. */
export function collectPairs(option: string): (text: string, known?: Record<string, string>) => Record<string, string> {
  return (text, known = {}) => {
    const at = text.indexOf("=");
    if (at < 1) throw createUsageError(`${option}: expected NAME=TEXT, found "${text}"`);
    return { ...known, [text.slice(0, at)]: text.slice(at + 1) };
  };
}

/** Collects an option that may be repeated. */
export function collectTexts(text: string, known: readonly string[] = []): string[] {
  return [...known, text];
}

/** The command was called in a way that it does not know. Nothing was done. */
export function createUsageError(message: string, cause?: unknown): InvalidDefinitionError {
  return new InvalidDefinitionError(message, { code: "wrong_use", ...(cause === undefined ? {} : { cause }) });
}
