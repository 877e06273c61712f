import { ExpressionMistake } from "./expression-tokens.ts";

/** A part of a text: as it stands, or the inside of a `${{ }}`, the `nth` of its text. */
export type TextPart =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "expression"; readonly source: string; readonly nth: number };

/**
 * Splits a text at its `${{ }}`. A `}}` inside a quoted text does not close.
 * @throws {ExpressionMistake} where one is not closed; its `at` counts from that `${{`, its `nth` says which.
 */
export function splitText(text: string): TextPart[] {
  const parts: TextPart[] = [];
  let at = 0;
  for (let nth = 0; ; nth++) {
    const start = text.indexOf("${{", at);
    if (start === -1) break;
    if (start > at) parts.push({ kind: "text", text: text.slice(at, start) });
    const end = findEnd(text, start + 3);
    if (end === -1) throw new ExpressionMistake("${{ is not closed: expected }}", 0);
    parts.push({ kind: "expression", source: text.slice(start + 3, end), nth });
    at = end + 2;
  }
  if (at < text.length) parts.push({ kind: "text", text: text.slice(at) });
  return parts;
}

/** True where the value is one `${{ }}` and no more than the line end of a block after it: it then keeps its type. */
export function isOnlyExpression(parts: readonly TextPart[]): boolean {
  const [first, rest] = parts;
  return first?.kind === "expression" && parts.length <= 2 && (rest === undefined || isLineEnd(rest));
}

function isLineEnd(part: TextPart): boolean {
  return part.kind === "text" && part.text === "\n";
}

function findEnd(text: string, start: number): number {
  let quote = "";
  for (let at = start; at < text.length; at++) {
    const character = text[at] as string;
    if (quote !== "") {
      if (character === "\\") at++;
      else if (character === quote) quote = "";
    } else if (character === "'" || character === '"') quote = character;
    else if (character === "}" && text[at + 1] === "}") return at;
  }
  return -1;
}
