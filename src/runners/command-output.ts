import { LockstepError } from "../core/errors.ts";
import type { CommandPlan } from "../definition/program.ts";
import { serializeTaskOutput } from "./serialize-value.ts";

const FOUND_CHARS_MAX = 60;

/**
 * What a command printed, or for `none` what it wrote to $LOCKSTEP_OUTPUT, as JSON text; null where it wrote nothing.
 * @param mask what a message shows of it goes through
 * @throws {LockstepError} `bad_output`: another attempt may well print what is expected
 */
export function parseCommandOutput(
  taskId: string,
  mode: CommandPlan["output"],
  bytes: Buffer,
  mask: (text: string) => string = asItIs,
): string | null {
  const text = bytes.toString("utf8");
  switch (mode) {
    case "text":
      return serializeTaskOutput(taskId, text.replace(/\r?\n$/, ""));
    case "lines":
      return serializeTaskOutput(taskId, splitEnded(text, "\n"));
    case "nul":
      return serializeTaskOutput(taskId, splitEnded(text, "\0"));
    case "json":
      return serializeTaskOutput(taskId, parseJson(taskId, text, "print JSON (output: json)", mask));
    case "none":
      return text === "" ? null : serializeTaskOutput(taskId, parseWritten(taskId, text, mask));
  }
}

function splitEnded(text: string, end: string): string[] {
  if (text === "") return [];
  return (text.endsWith(end) ? text.slice(0, -1) : text).split(end);
}

/** One JSON object, or names and values with a NUL after each: a newline in a value cannot forge another one. */
function parseWritten(taskId: string, text: string, mask: (text: string) => string): unknown {
  const expected = "write one JSON object or pairs of names and values, each ended by NUL, to $LOCKSTEP_OUTPUT";
  if (!text.includes("\0")) {
    const value = parseJson(taskId, text, expected, mask);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
    throw createBadOutput(taskId, expected, mask(text));
  }
  const parts = splitEnded(text, "\0");
  if (parts.length % 2 !== 0) throw createBadOutput(taskId, expected, mask(text));
  const pairs: [string, string][] = [];
  for (let at = 0; at < parts.length; at += 2) pairs.push([parts[at] as string, parts[at + 1] as string]);
  return Object.fromEntries(pairs);
}

function parseJson(taskId: string, text: string, expected: string, mask: (text: string) => string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // The parser's message quotes pieces of the text, in which no secret would be known any more.
    throw createBadOutput(taskId, expected, mask(text), mask === asItIs ? error : undefined);
  }
}

function asItIs(text: string): string {
  return text;
}

function createBadOutput(taskId: string, expected: string, text: string, cause?: unknown): LockstepError {
  const cut = text.length > FOUND_CHARS_MAX ? `${text.slice(0, FOUND_CHARS_MAX)}…` : text;
  const found = text === "" ? "nothing" : JSON.stringify(cut);
  return new LockstepError("bad_output", `Task "${taskId}" was to ${expected}, found ${found}.`, { cause });
}
