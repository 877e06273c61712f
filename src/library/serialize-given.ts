import { InvalidInputError } from "../core/errors.ts";
import { findJsonRefusal } from "../core/json-refusal.ts";
import { serializeOutput } from "../core/json-value.ts";

/**
 * The JSON text of what a program gives, such as the input of a run; undefined for `undefined`.
 * @throws {InvalidInputError} where JSON cannot hold it, with the path. Nothing was done then.
 */
export function serializeGiven(value: unknown, path: string): string | undefined {
  try {
    return serializeOutput(value, path);
  } catch (error) {
    const refusal = findJsonRefusal(value, path);
    if (refusal === undefined) throw error; // thrown by a toJSON or a getter of the value itself
    const advice = refusal.replace(" Return ", " Give ");
    throw new InvalidInputError(`JSON cannot hold what was given: ${advice}`, { cause: error });
  }
}
