/**
 * The one sanitizer. Everything that was written by others (outputs, errors, logs, names, messages) passes through it
 * before it reaches a terminal: a task that prints escape codes could otherwise draw a forged approval. What could move
 * the cursor, set colors, open links or the clipboard, reorder text or hide in it appears as an escape instead: `\x1b`,
 * `\u202e`, `\u{e0041}`.
 */

/** Controls (C0, DEL, C1), format characters (bidi, zero width, tags), lone surrogates, line separators, and all that is drawn as nothing. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;
const UNSAFE_BUT_LINES = /(?![\n\t])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;
/** Of text that is JSON already: controls are escapes there, and its own line ends are safe. */
const UNSAFE_IN_JSON = /(?![\n\r\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** For one line: line ends and tabs appear as `\n`, `\r`, `\t`. */
export function sanitizeLine(text: string): string {
  return text.replace(UNSAFE, toEscape);
}

/** For a block of lines: LF and tabs stay, CRLF becomes LF, a lone CR (it would overwrite its line) appears as `\r`. */
export function sanitizeBlock(text: string): string {
  return text.replaceAll("\r\n", "\n").replace(UNSAFE_BUT_LINES, toEscape);
}

/** For JSON text: the same value, with what is unsafe on a terminal as `\u` escapes. */
export function sanitizeJson(json: string): string {
  return json.replace(UNSAFE_IN_JSON, (character) =>
    Array.from({ length: character.length }, (_, at) => toUnit(character.charCodeAt(at))).join(""),
  );
}

const SHORT: ReadonlyMap<string, string> = new Map([
  ["\n", "\\n"],
  ["\r", "\\r"],
  ["\t", "\\t"],
]);

function toEscape(character: string): string {
  const short = SHORT.get(character);
  if (short !== undefined) return short;
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x100) return `\\x${code.toString(16).padStart(2, "0")}`;
  return code < 0x10000 ? toUnit(code) : `\\u{${code.toString(16)}}`;
}

function toUnit(code: number): string {
  return `\\u${code.toString(16).padStart(4, "0")}`;
}
