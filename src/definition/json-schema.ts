import { describeFound, isPlainRecord } from "./option-reader.ts";

/** Choices of an enumeration that a message lists. */
const CHOICES_MAX = 12;

/** The part of a JSON Schema that speaks of `path`, or undefined where the document does not say. */
export function findSchemaAt(schema: unknown, path: readonly PropertyKey[]): unknown {
  let found = schema;
  for (const key of path) {
    if (!isPlainRecord(found)) return undefined;
    found = typeof key === "number" ? findItemSchema(found, key) : findPropertySchema(found, String(key));
  }
  return found;
}

function findItemSchema(schema: Readonly<Record<string, unknown>>, index: number): unknown {
  const { prefixItems, items } = schema;
  return Array.isArray(prefixItems) && index < prefixItems.length ? prefixItems[index] : items;
}

function findPropertySchema(schema: Readonly<Record<string, unknown>>, key: string): unknown {
  const { properties, additionalProperties } = schema;
  return isPlainRecord(properties) && Object.hasOwn(properties, key) ? properties[key] : additionalProperties;
}

/**
 * What a value of this JSON Schema is, in words, such as `an integer of at least 1`; undefined where the schema is not one of the
 * simple shapes, or where `found` seems to fit these words: then the library's own message says more.
 */
export function describeExpected(schema: unknown, found: unknown): string | undefined {
  if (!isPlainRecord(schema)) return undefined;
  if (Array.isArray(schema.enum)) return describeChoices(schema.enum);
  if ("const" in schema) return JSON.stringify(schema.const);
  switch (schema.type) {
    case "integer":
      return describeNumber("an integer", schema, found, Number.isInteger(found));
    case "number":
      return describeNumber("a number", schema, found, typeof found === "number");
    case "string":
      return describeText(schema, found);
    case "boolean":
      return typeof found === "boolean" ? undefined : "true or false";
    case "array":
      return Array.isArray(found) ? describeCount(schema, found.length) : "a list";
    case "object":
      return isPlainRecord(found) ? undefined : "an object";
    case "null":
      return "null";
    default:
      return undefined;
  }
}

function describeChoices(choices: readonly unknown[]): string {
  const shown = choices.slice(0, CHOICES_MAX).map((choice) => describeFound(choice));
  return `one of ${shown.join(", ")}${choices.length > CHOICES_MAX ? ", …" : ""}`;
}

/** Bounds that only say "safe integer" are not worth words. */
function findBound(bound: unknown): number | undefined {
  return typeof bound === "number" && Math.abs(bound) < Number.MAX_SAFE_INTEGER ? bound : undefined;
}

function describeNumber(
  kind: string,
  schema: Readonly<Record<string, unknown>>,
  found: unknown,
  isKind: boolean,
): string | undefined {
  const min = findBound(schema.minimum);
  const max = findBound(schema.maximum);
  const above = findBound(schema.exclusiveMinimum);
  const below = findBound(schema.exclusiveMaximum);
  const value = typeof found === "number" ? found : Number.NaN;
  const fits = !(
    value < (min ?? value) ||
    value > (max ?? value) ||
    value <= (above ?? -Infinity) ||
    value >= (below ?? Infinity)
  );
  if (isKind && fits) return undefined;
  if (min !== undefined && max !== undefined) return `${kind} from ${min} to ${max}`;
  if (min !== undefined) return `${kind} of at least ${min}`;
  if (max !== undefined) return `${kind} of at most ${max}`;
  if (above !== undefined) return `${kind} above ${above}`;
  return below === undefined ? kind : `${kind} below ${below}`;
}

function describeText(schema: Readonly<Record<string, unknown>>, found: unknown): string | undefined {
  const { minLength, maxLength, pattern, format } = schema;
  if (typeof minLength === "number" && minLength === 1 && found === "") return "text that is not empty";
  if (typeof found === "string" && typeof minLength === "number" && found.length < minLength) {
    return `text of at least ${minLength} characters`;
  }
  if (typeof found === "string" && typeof maxLength === "number" && found.length > maxLength) {
    return `text of at most ${maxLength} characters`;
  }
  if (typeof format === "string" && format !== "regex") return `text that is a valid ${format}`;
  if (typeof pattern === "string") return `text that matches ${pattern}`;
  return typeof found === "string" ? undefined : "text";
}

function describeCount(schema: Readonly<Record<string, unknown>>, count: number): string | undefined {
  const { minItems, maxItems } = schema;
  if (typeof minItems === "number" && count < minItems) return `a list of at least ${minItems}`;
  if (typeof maxItems === "number" && count > maxItems) return `a list of at most ${maxItems}`;
  return undefined;
}
