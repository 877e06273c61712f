const NEWLINE = 0x0a;
const RETURN = 0x0d;
const SPACE = 0x20;
const TAB = 0x09;
const BACKSLASH = 0x5c;
const LETTER_N = 0x6e;
const LETTER_R = 0x72;
/** Deeper is no text that a person indented. */
const INDENT_MAX = 64;
/** JSON in JSON in JSON has seven. */
const BACKSLASHES_MAX = 7;

/**
 * The end of a line break with what indents the next line, also as JSON writes it; `start` where there is none.
 */
export function skipBreak(bytes: Uint8Array, start: number): number {
  const carriage = skipOne(bytes, start, RETURN, LETTER_R);
  let at = skipOne(bytes, carriage, NEWLINE, LETTER_N);
  if (at === start) return start;
  const indented = at + INDENT_MAX;
  while (at < indented && (bytes[at] === SPACE || bytes[at] === TAB)) at += 1;
  return at;
}

/** A control character, or backslashes and a letter. Where the bytes end with backslashes, nobody knows yet: their end. */
function skipOne(bytes: Uint8Array, start: number, control: number, letter: number): number {
  if (bytes[start] === control) return start + 1;
  let at = start;
  while (bytes[at] === BACKSLASH && at - start < BACKSLASHES_MAX) at += 1;
  if (at === start || at >= bytes.length) return at;
  return bytes[at] === letter ? at + 1 : start;
}
