import { LockstepError } from "./errors.ts";
import { findJsonRefusal } from "./json-refusal.ts";

/** Deeper values are searched step by step for a circle; no value of a person's making is nested so deeply. */
const PLAIN_DEPTH_MAX = 32;

/**
 * The JSON text of what a task returned, as JSON.stringify writes it: a Date is its ISO text, `toJSON` is respected, NaN is
 * null, an undefined member is left out. `undefined` itself has no text: the task has no output.
 *
 * What JSON.stringify would lose in silence is refused: Map, Set, bigint, functions, symbols, promises, and circles.
 * @param path how the message names the value; parts of it are named from there, such as `output.rows[3].at`.
 * @throws {LockstepError} code `output_not_json`.
 */
export function serializeOutput(value: unknown, path = "output"): string | undefined {
  if (!isPlainJson(value, 0)) {
    const refusal = findJsonRefusal(value, path);
    if (refusal !== undefined) {
      throw new LockstepError("output_not_json", `returned a value JSON cannot hold: ${refusal}`);
    }
  }
  return JSON.stringify(value);
}

/** True for what surely is JSON: primitives, lists, plain objects and dates. The rest is for the slow and exact search. */
function isPlainJson(value: unknown, depth: number): boolean {
  switch (typeof value) {
    case "string":
    case "number":
    case "boolean":
    case "undefined":
      return true;
    case "object":
      return value === null || (depth < PLAIN_DEPTH_MAX && isPlainObject(value, depth));
    default:
      return false;
  }
}

function isPlainObject(value: object, depth: number): boolean {
  if (Array.isArray(value)) {
    for (let at = 0; at < value.length; at++) if (!isPlainJson(value[at], depth + 1)) return false;
    return !("toJSON" in value);
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Date.prototype) return true;
  if ((prototype !== Object.prototype && prototype !== null) || "toJSON" in value) return false;
  for (const key in value) if (!isPlainJson((value as Record<string, unknown>)[key], depth + 1)) return false;
  return true;
}
