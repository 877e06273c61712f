import { NonRetryableError } from "../../core/errors.ts";
import { type ExpressionScope, evaluateExpression } from "./expression-evaluator.ts";
import { toInsertedText } from "./expression-functions.ts";
import { findNameMistakes, listReads, type NameRules } from "./expression-names.ts";
import { type Expression, parseExpression } from "./expression-parser.ts";
import { isOnlyExpression, splitText, type TextPart } from "./expression-text.ts";
import { ExpressionMistake } from "./expression-tokens.ts";
import type { YamlPath } from "./yaml-document.ts";

/** A value of a file whose texts may hold `${{ }}`, ready to be worked out. Pure. */
export interface Template {
  /** True where no expression is in it: the value is the same for each run. */
  readonly constant: boolean;
  /** Names of the secrets, and of the variables, that it reads. */
  readonly secrets: readonly string[];
  readonly variables: readonly string[];
  evaluate(scope: ExpressionScope): unknown;
}

/** Where a template stands: which names it may use, and who is told of its mistakes. */
export interface TemplateSite {
  readonly rules: NameRules;
  report(path: YamlPath, nth: number, offset: number, message: string): void;
}

/** Makes a template of a value, its lists and maps included. Mistakes are reported, with their places. */
export function compileTemplate(value: unknown, path: YamlPath, site: TemplateSite): Template {
  if (typeof value === "string") return value.includes("${{") ? compileText(value, path, site) : makeConstant(value);
  if (Array.isArray(value)) {
    const items = value.map((item, index) => compileTemplate(item, [...path, index], site));
    return combine(value, items, (scope) => items.map((item) => item.evaluate(scope)));
  }
  if (typeof value !== "object" || value === null) return makeConstant(value);
  const entries = Object.entries(value).map(
    ([key, inner]) => [key, compileTemplate(inner, [...path, key], site)] as const,
  );
  return combine(
    value,
    entries.map(([, inner]) => inner),
    (scope) => Object.fromEntries(entries.map(([key, inner]) => [key, inner.evaluate(scope)])),
  );
}

function makeConstant(value: unknown): Template {
  return { constant: true, secrets: [], variables: [], evaluate: () => value };
}

function combine(value: unknown, parts: readonly Template[], evaluate: Template["evaluate"]): Template {
  if (parts.every((part) => part.constant)) return makeConstant(value);
  return {
    constant: false,
    secrets: parts.flatMap((part) => part.secrets),
    variables: parts.flatMap((part) => part.variables),
    evaluate,
  };
}

function compileText(text: string, path: YamlPath, site: TemplateSite): Template {
  const parts = readParts(text, path, site);
  const pieces = parts.map((part) => (part.kind === "text" ? part.text : compileExpression(part, path, site)));
  const compiled = pieces.filter((piece) => typeof piece !== "string");
  const [only] = compiled;
  return {
    constant: false,
    secrets: compiled.flatMap((piece) => listReads(piece.expression, "secrets")),
    variables: compiled.flatMap((piece) => listReads(piece.expression, "env")),
    evaluate:
      only !== undefined && isOnlyExpression(parts)
        ? (scope) => evaluatePiece(only, scope)
        : (scope) =>
            pieces
              .map((piece) => (typeof piece === "string" ? piece : toInsertedText(evaluatePiece(piece, scope))))
              .join(""),
  };
}

interface Piece {
  readonly expression: Expression;
  readonly source: string;
  readonly secrets: readonly string[];
}

function readParts(text: string, path: YamlPath, site: TemplateSite): TextPart[] {
  try {
    return splitText(text);
  } catch (mistake) {
    if (!(mistake instanceof ExpressionMistake)) throw mistake;
    const nth = text.split("${{").length - 2;
    site.report(path, nth, 0, mistake.message);
    return [];
  }
}

const NOTHING: Expression = { kind: "literal", value: null, at: 0 };

function compileExpression(part: TextPart & { kind: "expression" }, path: YamlPath, site: TemplateSite): Piece {
  const { source, nth } = part;
  // What is reported counts from the `${{`, three characters before the expression.
  const report = (at: number, message: string): void => site.report(path, nth, at + 3, message);
  try {
    const expression = parseExpression(source);
    for (const { message, at } of findNameMistakes(expression, site.rules)) report(at, message);
    return { expression, source, secrets: listReads(expression, "secrets") };
  } catch (mistake) {
    if (!(mistake instanceof ExpressionMistake)) throw mistake;
    report(mistake.at, mistake.message);
    return { expression: NOTHING, source, secrets: [] };
  }
}

function evaluatePiece(piece: Piece, scope: ExpressionScope): unknown {
  for (const name of piece.secrets) requireSecret(name, scope);
  try {
    return evaluateExpression(piece.expression, scope);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new NonRetryableError(`\${{ ${piece.source.trim()} }}: ${why}`, { cause });
  }
}

/** A missing secret must not become an empty password. */
function requireSecret(name: string, scope: ExpressionScope): void {
  const known = scope.secrets;
  if (typeof known === "object" && known !== null && Object.hasOwn(known, name)) {
    void Reflect.get(known, name); // one that could not be had throws why
    return;
  }
  throw new NonRetryableError(`the secret "${name}" was not given to this attempt. Check where it comes from: secrets`);
}
