import { readFileSync } from "node:fs";
import { InvalidDefinitionError, NotFoundError } from "../core/errors.ts";

/**
 * The text of a file that defines a workflow.
 * @param shown how people call it
 * @throws {NotFoundError} where there is none. {InvalidDefinitionError} where it cannot be read.
 */
export function readDefinitionText(file: string, shown: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
    if (code === "ENOENT") throw new NotFoundError(`No file ${shown}.`, { cause });
    throw new InvalidDefinitionError(`${shown} cannot be read (${code})`, { cause });
  }
}
