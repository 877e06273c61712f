import { InvalidInputError } from "../../core/errors.ts";
import type { JsonSchema } from "../../core/workflow-spec.ts";
import { describeExpected } from "../json-schema.ts";
import { describeUnknownInput, findInputProblem, readProperties } from "./check-input.ts";
import { describeFound } from "./describe-found.ts";

/**
 * Reads the text of `--input name=text` by the type that the workflow's JSON Schema (`spec.input`) gives that input: a
 * string as it is, numbers and booleans in their usual form, lists as JSON or separated by commas, objects as JSON.
 * Where the schema does not say, JSON where it is JSON, else the text.
 * @throws {InvalidInputError} The message ends after what was found; who calls adds "(from --input). Nothing was started."
 */
export function readInputText(schema: JsonSchema | undefined, name: string, text: string): unknown {
  const properties = schema === undefined ? {} : readProperties(schema);
  const property = Object.hasOwn(properties, name) ? properties[name] : undefined;
  if (property === undefined) {
    if (schema?.additionalProperties !== false) return readAnyText(text);
    throw new InvalidInputError(describeUnknownInput(name, Object.keys(properties)));
  }
  const value = readTypedText(property, text);
  if (value === undefined) {
    const expected = describeExpected(property, text) ?? "another value";
    throw new InvalidInputError(`input "${name}": expected ${expected}, found ${describeFound(text)}`);
  }
  const problem = findInputProblem(property, value);
  if (problem === undefined) return value;
  throw new InvalidInputError(`input "${name}": ${problem}`);
}

/** Undefined: the text is not of that type. */
function readTypedText(property: JsonSchema, text: string): unknown {
  switch (property.type) {
    case "string":
      return text;
    case "integer":
      return /^[+-]?\d{1,16}$/.test(text) ? Number(text) : undefined;
    case "number":
      return /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/.test(text) ? Number(text) : undefined;
    case "boolean":
      return text === "true" ? true : text === "false" ? false : undefined;
    case "array":
      return readListText(property, text);
    case "object":
      return parseJson(text);
    default:
      return readAnyText(text);
  }
}

function readListText(property: JsonSchema, text: string): unknown {
  if (text.trimStart().startsWith("[")) return parseJson(text);
  if (text === "") return [];
  const { items } = property;
  const item = typeof items === "object" && items !== null ? (items as JsonSchema) : {};
  return text.split(",").map((part) => {
    const value = item.type === undefined ? part : readTypedText(item, part);
    return value === undefined ? part : value;
  });
}

function readAnyText(text: string): unknown {
  const value = parseJson(text);
  return value === undefined ? text : value;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
