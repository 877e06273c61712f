import { InvalidDefinitionError } from "../core/errors.ts";
import { createExpectedError } from "./option-reader.ts";

/** A value that a command is given: written as text. */
export type CommandValue = string | number | bigint | boolean;

/** The text of one value for a command. Refuses what has no text of its own, and NUL, which no argument can hold. */
export function toCommandText(value: unknown, path: string): string {
  const hasText = typeof value !== "number" || Number.isFinite(value);
  if (!["string", "number", "bigint", "boolean"].includes(typeof value) || !hasText) {
    const hint = typeof value === "object" && value !== null ? " (JSON.stringify(value) makes text of it)" : "";
    throw createExpectedError(path, `text, a number or a boolean${hint}`, value);
  }
  const text = String(value);
  if (text.includes("\0")) {
    throw new InvalidDefinitionError(`${path}: holds a NUL character, which no argument or variable can hold`);
  }
  return text;
}
