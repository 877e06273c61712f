import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { InvalidInputError } from "../core/errors.ts";
import { INPUT_BYTES_MAX } from "../core/limits.ts";
import type { JsonSchema } from "../core/workflow-spec.ts";
import { readInputText } from "../definition/yaml/input-text.ts";
import type { CommandContext } from "./command-context.ts";

/**
 * The value of all `--input` options together: `name=text` is read by its type, `@FILE` and `@-` hold JSON, anything else
 * is JSON itself. Objects are laid over one another, the last on top. Without any: an empty object.
 * @throws {InvalidInputError} Nothing was started.
 */
export async function readInputs(
  context: CommandContext,
  schema: JsonSchema | undefined,
  texts: readonly string[],
): Promise<unknown> {
  let value: unknown = {};
  for (const text of texts) {
    const part = await readInput(context, schema, text);
    value = isRecord(part) && isRecord(value) ? { ...value, ...part } : part;
  }
  if (Buffer.byteLength(JSON.stringify(value)) <= INPUT_BYTES_MAX) return value;
  throw new InvalidInputError(
    `--input: expected at most ${INPUT_BYTES_MAX} bytes (1 MiB) of JSON. Write the data to a file and give its path. Nothing was started.`,
  );
}

async function readInput(context: CommandContext, schema: JsonSchema | undefined, text: string): Promise<unknown> {
  if (text === "@-") return parseJson(await context.readInput(), "standard input", "JSON");
  if (text.startsWith("@")) return parseJson(readFile(context, text.slice(1)), text.slice(1), "JSON");
  const pair = /^([A-Za-z_][\w-]*)=(.*)$/s.exec(text);
  if (pair === null) return parseJson(text, "--input", "JSON, @FILE or name=value");
  const [, name = "", value = ""] = pair;
  try {
    return { [name]: readInputText(schema, name, value) };
  } catch (error) {
    throw explainInput(error, true);
  }
}

function readFile({ cwd }: CommandContext, path: string): string {
  try {
    return readFileSync(resolve(cwd, path), "utf8");
  } catch (cause) {
    throw new InvalidInputError(`--input: the file ${path} cannot be read. Nothing was started.`, { cause });
  }
}

function parseJson(text: string, source: string, expected: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new InvalidInputError(
      `${source}: expected ${expected}, found ${JSON.stringify(text.slice(0, 60))} (${why}). Nothing was started.`,
      { cause },
    );
  }
}

/** Says where a wrong input came from: `input "users": expected …, found "many" (from --input). Nothing was started.` */
export function explainInput(error: unknown, wasGiven: boolean): unknown {
  if (!(error instanceof InvalidInputError) || error.message.includes("Nothing was started")) return error;
  const source = wasGiven ? " (from --input)" : "";
  return new InvalidInputError(`${error.message.replace(/\.$/, "")}${source}. Nothing was started.`, { cause: error });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
