import { NonRetryableError } from "../../core/errors.ts";
import { describeFound } from "./describe-found.ts";

/** A function of `${{ }}`: how it is called, for messages and the reference, and what it does. */
export interface ExpressionFunction {
  readonly usage: string;
  readonly summary: string;
  readonly least: number;
  readonly most: number;
  call(args: readonly unknown[]): unknown;
}

export const EXPRESSION_FUNCTIONS: ReadonlyMap<string, ExpressionFunction> = new Map(
  Object.entries({
    length: {
      usage: "length(value)",
      summary: "items of a list, keys of a map, characters of a text; 0 of null",
      least: 1,
      most: 1,
      call: ([value]) => measureLength(value),
    },
    contains: {
      usage: "contains(value, part)",
      summary: "whether a list has an item, a text a part, a map a key",
      least: 2,
      most: 2,
      call: ([value, part]) => containsPart(value, part),
    },
    join: {
      usage: "join(list, separator)",
      summary: "the items as one text; the separator is `,` unless given",
      least: 1,
      most: 2,
      call: ([list, separator = ","]) => joinItems(list, separator),
    },
    json: {
      usage: "json(value)",
      summary: "the value as JSON text",
      least: 1,
      most: 1,
      call: ([value]) => JSON.stringify(value ?? null),
    },
    lines: {
      usage: "lines(text)",
      summary: "the lines of a text as a list, without the empty one after the last line's end",
      least: 1,
      most: 1,
      call: ([text]) => splitLines(text),
    },
    default: {
      usage: "default(value, otherwise)",
      summary: "the value, or the other one where it is null or missing",
      least: 2,
      most: 2,
      call: ([value, otherwise]) => value ?? otherwise ?? null,
    },
  } satisfies Record<string, ExpressionFunction>),
);

/** How a value reads inside a text: texts as they are, null as nothing, lists and maps as JSON. */
export function toInsertedText(value: unknown): string {
  if (value === null || value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Whether two JSON values are the same; the order of keys does not count, the type does. */
export function isSameValue(one: unknown, other: unknown): boolean {
  if (one === other || (isNothing(one) && isNothing(other))) return true;
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) return false;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const entries = Object.entries(one);
  const others = new Map(Object.entries(other));
  return (
    entries.length === others.size &&
    entries.every(([key, value]) => others.has(key) && isSameValue(value, others.get(key)))
  );
}

function isNothing(value: unknown): boolean {
  return value === null || value === undefined;
}

function measureLength(value: unknown): number {
  if (value === null || value === undefined) return 0;
  if (typeof value === "string") return Array.from(value).length;
  if (Array.isArray(value)) return value.length;
  if (typeof value === "object") return Object.keys(value).length;
  throw createArgumentError("length", "a list, a map or a text", value);
}

function containsPart(value: unknown, part: unknown): boolean {
  if (value === null || value === undefined) return false;
  if (typeof value === "string") return value.includes(toInsertedText(part));
  if (Array.isArray(value)) return value.some((item) => isSameValue(item, part));
  if (typeof value === "object") return typeof part === "string" && Object.hasOwn(value, part);
  throw createArgumentError("contains", "a list, a map or a text", value);
}

function joinItems(list: unknown, separator: unknown): string {
  if (list === null || list === undefined) return "";
  if (!Array.isArray(list)) throw createArgumentError("join", "a list", list);
  return list.map(toInsertedText).join(toInsertedText(separator));
}

function splitLines(text: unknown): string[] {
  if (text === null || text === undefined || text === "") return [];
  if (typeof text !== "string") throw createArgumentError("lines", "a text", text);
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

/** Trying again would find the same value. */
function createArgumentError(name: string, expected: string, found: unknown): NonRetryableError {
  return new NonRetryableError(`${name}: expected ${expected}, found ${describeFound(found)}`);
}
