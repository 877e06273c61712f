import { ExpressionMistake, readTokens, type Token } from "./expression-tokens.ts";

/** Parentheses, calls and `!` inside one another: enough for people, and far from the end of the stack. */
const EXPRESSION_DEPTH_MAX = 32;

export type BinaryOperator = "==" | "!=" | "<" | "<=" | ">" | ">=" | "&&" | "||";

/** `at` is where it begins, in characters of the source. */
export type Expression =
  | { readonly kind: "literal"; readonly value: string | number | boolean | null; readonly at: number }
  | { readonly kind: "name"; readonly name: string; readonly at: number }
  | { readonly kind: "member"; readonly of: Expression; readonly key: Expression; readonly at: number }
  | { readonly kind: "call"; readonly name: string; readonly args: readonly Expression[]; readonly at: number }
  | { readonly kind: "not"; readonly operand: Expression; readonly at: number }
  | {
      readonly kind: "binary";
      readonly operator: BinaryOperator;
      readonly left: Expression;
      readonly right: Expression;
      readonly at: number;
    };

/** How tightly an operator binds; the same as in GitHub's grammar, C and JavaScript. */
const POWER: ReadonlyMap<string, number> = new Map([
  ["||", 1],
  ["&&", 2],
  ["==", 3],
  ["!=", 3],
  ["<", 4],
  ["<=", 4],
  [">", 4],
  [">=", 4],
]);

const CONSTANTS: ReadonlyMap<string, boolean | null> = new Map([
  ["true", true],
  ["false", false],
  ["null", null],
]);

/**
 * Reads an expression (without its `${{ }}`): Pratt's algorithm over GitHub's grammar, without its `*`.
 * We do not use `@actions/expressions`: it compares without regard to case and type, loses one of two keys that differ
 * in case, and has no places for names.
 * @throws {ExpressionMistake}
 */
export function parseExpression(source: string): Expression {
  const reader: Reader = { tokens: readTokens(source), next: 0, depth: 0 };
  if (peek(reader).kind === "end")
    throw new ExpressionMistake("expected an expression inside ${{ }}, found nothing", 0);
  const expression = parseBinary(reader, 0);
  const rest = peek(reader);
  if (rest.kind !== "end") throw new ExpressionMistake(`unexpected ${describeToken(rest)} in \${{ }}`, rest.at);
  return expression;
}

interface Reader {
  readonly tokens: readonly Token[];
  next: number;
  depth: number;
}

function parseBinary(reader: Reader, least: number): Expression {
  let left = parseUnary(reader);
  for (;;) {
    const token = peek(reader);
    const power = token.kind === "sign" ? POWER.get(token.text) : undefined;
    if (power === undefined || power <= least) return left;
    reader.next++;
    const right = parseBinary(reader, power);
    left = { kind: "binary", operator: token.text as BinaryOperator, left, right, at: left.at };
  }
}

function parseUnary(reader: Reader): Expression {
  const token = peek(reader);
  if (++reader.depth > EXPRESSION_DEPTH_MAX) {
    throw new ExpressionMistake(`\${{ }} is nested more than ${EXPRESSION_DEPTH_MAX} deep`, token.at);
  }
  let expression: Expression;
  if (isSign(token, "!")) {
    reader.next++;
    expression = { kind: "not", operand: parseUnary(reader), at: token.at };
  } else {
    expression = parsePath(reader);
  }
  reader.depth--;
  return expression;
}

/** An atom with what follows it: `.name` and `[key]`. */
function parsePath(reader: Reader): Expression {
  let of = parseAtom(reader);
  for (;;) {
    const token = peek(reader);
    if (isSign(token, ".")) {
      reader.next++;
      const name = take(reader);
      if (name.kind !== "name") {
        throw new ExpressionMistake(`expected a name after ".", found ${describeToken(name)}`, name.at);
      }
      of = { kind: "member", of, key: { kind: "literal", value: name.text, at: name.at }, at: of.at };
    } else if (isSign(token, "[")) {
      reader.next++;
      const key = parseBinary(reader, 0);
      expectSign(reader, "]");
      of = { kind: "member", of, key, at: of.at };
    } else {
      return of;
    }
  }
}

function parseAtom(reader: Reader): Expression {
  const token = take(reader);
  if (token.kind === "number" || token.kind === "text") return { kind: "literal", value: token.value, at: token.at };
  if (token.kind === "name") {
    if (isSign(peek(reader), "("))
      return { kind: "call", name: token.text, args: parseArguments(reader), at: token.at };
    const constant = CONSTANTS.get(token.text);
    if (constant !== undefined) return { kind: "literal", value: constant, at: token.at };
    return { kind: "name", name: token.text, at: token.at };
  }
  if (isSign(token, "(")) {
    const inner = parseBinary(reader, 0);
    expectSign(reader, ")");
    return inner;
  }
  throw new ExpressionMistake(`expected a value in \${{ }}, found ${describeToken(token)}`, token.at);
}

function parseArguments(reader: Reader): Expression[] {
  expectSign(reader, "(");
  const args: Expression[] = [];
  if (isSign(peek(reader), ")")) {
    reader.next++;
    return args;
  }
  for (;;) {
    args.push(parseBinary(reader, 0));
    if (!isSign(peek(reader), ",")) break;
    reader.next++;
  }
  expectSign(reader, ")");
  return args;
}

function expectSign(reader: Reader, sign: string): void {
  const token = take(reader);
  if (!isSign(token, sign)) {
    throw new ExpressionMistake(`expected ${JSON.stringify(sign)} in \${{ }}, found ${describeToken(token)}`, token.at);
  }
}

function isSign(token: Token, sign: string): boolean {
  return token.kind === "sign" && token.text === sign;
}

function peek(reader: Reader): Token {
  return reader.tokens[reader.next] as Token;
}

/** The last token, `end`, is never passed. */
function take(reader: Reader): Token {
  const token = peek(reader);
  if (token.kind !== "end") reader.next++;
  return token;
}

function describeToken(token: Token): string {
  return token.kind === "end" ? "its end" : JSON.stringify(token.text);
}
