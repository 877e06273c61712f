import { createHash } from "node:crypto";

/**
 * The JSON text of a value with the keys of every object sorted by UTF-16 code units and no white space, numbers and
 * strings as JSON.stringify writes them (the rules of RFC 8785). Two values have the same text exactly when they are the
 * same JSON: a Date is its ISO text, an undefined member is left out, NaN is null. The value must hold no cycle.
 * @throws {TypeError} where JSON has no text at all for the value: undefined, a function, a symbol, a bigint.
 */
export function toCanonicalJson(value: unknown): string {
  const text = JSON.stringify(value);
  if (text === undefined) throw new TypeError(`JSON has no text for a value of type ${typeof value}`);
  return canonicalizeJson(text);
}

/** As `toCanonicalJson`, for a value that is JSON text already. */
export function canonicalizeJson(text: string): string {
  return writeSorted(JSON.parse(text));
}

/** SHA-256 of the text's UTF-8 bytes, as 64 hexadecimal digits. */
export function hashText(text: string): string {
  return createHash("sha256").update(text, "utf8").digest("hex");
}

/** SHA-256 of the value's canonical JSON. Equal for values that are the same JSON, in whatever order their keys are. */
export function hashValue(value: unknown): string {
  return hashText(toCanonicalJson(value));
}

function writeSorted(value: unknown): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(writeSorted).join(",")}]`;
  const members = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${writeSorted(member)}`).join(",")}}`;
}
