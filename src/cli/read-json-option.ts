import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { CommandContext } from "./command-context.ts";
import { createUsageError } from "./read-options.ts";

/** A value as JSON, or `@FILE` that holds it: what is long does not fit an argument. */
export function readJsonOption({ cwd }: Pick<CommandContext, "cwd">, option: string, text: string): unknown {
  return text.startsWith("@") ? parseJson(option, readFile(cwd, option, text.slice(1))) : parseJson(option, text);
}

function readFile(cwd: string, option: string, path: string): string {
  try {
    return readFileSync(resolve(cwd, path), "utf8");
  } catch (error) {
    throw createUsageError(`${option}: the file ${path} cannot be read. Nothing was done.`, error);
  }
}

/** Characters of what was found that are repeated to who mistyped it. */
const FOUND_MAX = 60;

function parseJson(option: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const found = text.length <= FOUND_MAX ? text : `${text.slice(0, FOUND_MAX)}…`;
    throw createUsageError(`${option}: expected JSON, or @FILE, found "${found}"`, error);
  }
}
