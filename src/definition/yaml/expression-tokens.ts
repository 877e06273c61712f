import { InvalidDefinitionError } from "../../core/errors.ts";

/** Longest `${{ }}` that is read, in characters: longer ones are programs, and belong in a task. */
export const EXPRESSION_CHARS_MAX = 4_096;

/** Something is wrong with an expression. `at` counts characters from the beginning of the text that was read. */
export class ExpressionMistake extends InvalidDefinitionError {
  readonly at: number;

  constructor(message: string, at: number) {
    super(message, { code: "invalid_expression" });
    this.at = at;
  }
}

export type Token =
  | { readonly kind: "name"; readonly text: string; readonly at: number }
  | { readonly kind: "number"; readonly text: string; readonly value: number; readonly at: number }
  | { readonly kind: "text"; readonly text: string; readonly value: string; readonly at: number }
  | { readonly kind: "sign"; readonly text: string; readonly at: number }
  | { readonly kind: "end"; readonly text: ""; readonly at: number };

const SPACE = /\s+/y;
/** As in GitHub's grammar, a name may hold `-`: there is no subtraction. */
const NAME = /[A-Za-z_][A-Za-z0-9_-]*/y;
const NUMBER = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const SIGN = /==|!=|<=|>=|&&|\|\||[()[\].,<>!]/y;

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ["n", "\n"],
  ["t", "\t"],
  ["r", "\r"],
  ["0", "\0"],
  ["\\", "\\"],
  ["'", "'"],
  ['"', '"'],
]);

/** Signs that other languages have, with what to write here. */
const FOREIGN_SIGNS: readonly (readonly [string, string])[] = [
  ["=", "Compare with =="],
  ["&", "Write && for and"],
  ["|", "Write || for or"],
  ["?", "There is no ? : here; write a && b || c"],
  ["+", "There is no arithmetic here; compute it in a task"],
  ["-", "There is no arithmetic here; compute it in a task"],
  ["*", "There is no arithmetic here; compute it in a task"],
  ["/", "There is no arithmetic here; compute it in a task"],
];

/**
 * Splits an expression (without its `${{ }}`) into tokens; the last one is `end`.
 * @throws {ExpressionMistake} at the first character that begins no token.
 */
export function readTokens(source: string): Token[] {
  if (source.length > EXPRESSION_CHARS_MAX) {
    throw new ExpressionMistake(`expected at most ${EXPRESSION_CHARS_MAX} characters inside \${{ }}`, 0);
  }
  const tokens: Token[] = [];
  let at = matchAt(SPACE, source, 0).length;
  while (at < source.length) {
    const token = readToken(source, at);
    tokens.push(token);
    at += token.text.length;
    at += matchAt(SPACE, source, at).length;
  }
  tokens.push({ kind: "end", text: "", at: source.length });
  return tokens;
}

function readToken(source: string, at: number): Token {
  const name = matchAt(NAME, source, at);
  if (name !== "") return { kind: "name", text: name, at };
  const number = matchAt(NUMBER, source, at);
  if (number !== "") return readNumber(number, at);
  const character = source[at];
  if (character === "'" || character === '"') return readText(source, at, character);
  const sign = matchAt(SIGN, source, at);
  if (sign !== "") return { kind: "sign", text: sign, at };
  const shown = String.fromCodePoint(source.codePointAt(at) ?? 0);
  const advice = FOREIGN_SIGNS.find(([foreign]) => foreign === shown)?.[1];
  throw new ExpressionMistake(
    `unexpected ${JSON.stringify(shown)} in \${{ }}${advice === undefined ? "" : `. ${advice}`}`,
    at,
  );
}

function readNumber(text: string, at: number): Token {
  const value = Number(text);
  if (!Number.isFinite(value)) throw new ExpressionMistake(`expected a number in \${{ }}, found ${text}`, at);
  return { kind: "number", text, value, at };
}

/** A quote inside a text is doubled, as GitHub has it, or stands behind a backslash. */
function readText(source: string, start: number, quote: string): Token {
  let value = "";
  let at = start + 1;
  while (at < source.length) {
    const character = source[at] as string;
    if (character === "\\") {
      const escaped = ESCAPES.get(source[at + 1] ?? "");
      if (escaped === undefined) {
        throw new ExpressionMistake("unknown escape in a text inside ${{ }}. Write \\\\ for one backslash", at);
      }
      value += escaped;
      at += 2;
    } else if (character !== quote) {
      value += character;
      at += 1;
    } else if (source[at + 1] === quote) {
      value += quote;
      at += 2;
    } else {
      return { kind: "text", text: source.slice(start, at + 1), value, at: start };
    }
  }
  throw new ExpressionMistake(`a text inside \${{ }} is not closed: expected another ${quote}`, start);
}

function matchAt(pattern: RegExp, source: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(source)?.[0] ?? "";
}
