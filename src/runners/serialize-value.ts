import { LockstepError } from "../core/errors.ts";
import { serializeOutput } from "../core/json-value.ts";
import { OUTPUT_BYTES_MAX } from "../core/limits.ts";

const MIB = 1_048_576;

/**
 * The JSON text of what a task returned; null where it returned nothing.
 * @throws {LockstepError} `output_not_json` or `output_too_large`, with the task's name.
 */
export function serializeTaskOutput(taskId: string, value: unknown, path = "output"): string | null {
  const json = serializeNamed(taskId, value, path);
  if (json === undefined) return null;
  if (isLonger(json, OUTPUT_BYTES_MAX)) throw createTooLarge(taskId, OUTPUT_BYTES_MAX);
  return json;
}

/** As `serializeTaskOutput`, for a value that must be there and has its own limit and name. */
export function serializeNamed(taskId: string, value: unknown, path: string): string | undefined {
  try {
    return serializeOutput(value, path);
  } catch (error) {
    if (!(error instanceof LockstepError)) throw error;
    throw new LockstepError(error.code, `Task "${taskId}" ${error.message}`, { cause: error });
  }
}

export function createTooLarge(taskId: string, bytesMax: number): LockstepError {
  return new LockstepError(
    "output_too_large",
    `Task "${taskId}" wrote more than ${bytesMax / MIB} MiB of output. Write the data to a file and return its path, or set output: none.`,
  );
}

/** Whether a text has more bytes in UTF-8. Most texts are answered by their length. */
export function isLonger(text: string, bytesMax: number): boolean {
  if (text.length * 3 <= bytesMax) return false;
  return text.length > bytesMax || Buffer.byteLength(text) > bytesMax;
}
