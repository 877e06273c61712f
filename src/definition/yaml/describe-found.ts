/** Longest part of a wrong value that a message repeats, in characters. */
const FOUND_CHARS_MAX = 60;

/** Names a value of a file or an input for a message: `"many"`, `30 (a number)`, `a list`, `nothing`. */
export function describeFound(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  if (typeof value === "string") {
    return JSON.stringify(value.length > FOUND_CHARS_MAX ? `${value.slice(0, FOUND_CHARS_MAX)}…` : value);
  }
  if (typeof value === "number" || typeof value === "boolean") {
    return `${value} (${typeof value === "number" ? "a number" : "true or false"})`;
  }
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  return "a map";
}

/** `. Did you mean "x"?`, or nothing. */
export function suggest(closest: string | undefined): string {
  return closest === undefined ? "" : `. Did you mean ${JSON.stringify(closest)}?`;
}
