import { assertNever, NonRetryableError } from "../../core/errors.ts";
import { describeFound } from "./describe-found.ts";
import { EXPRESSION_FUNCTIONS, isSameValue } from "./expression-functions.ts";
import type { BinaryOperator, Expression } from "./expression-parser.ts";

/** What the names of an expression stand for. A name that is not there is null. */
export type ExpressionScope = { readonly [name: string]: unknown };

/**
 * The value of an expression. Pure; a path into what is not there is null, as is a key of a text or a number.
 * @throws {NonRetryableError} where an operator or a function is given what it has no meaning for.
 */
export function evaluateExpression(expression: Expression, scope: ExpressionScope): unknown {
  switch (expression.kind) {
    case "literal":
      return expression.value;
    case "name":
      return Object.hasOwn(scope, expression.name) ? (scope[expression.name] ?? null) : null;
    case "member":
      return readMember(evaluateExpression(expression.of, scope), evaluateExpression(expression.key, scope));
    case "call":
      return callFunction(
        expression.name,
        expression.args.map((each) => evaluateExpression(each, scope)),
      );
    case "not":
      return !isTruthy(evaluateExpression(expression.operand, scope));
    case "binary":
      return evaluateBinary(expression.operator, expression.left, expression.right, scope);
    default:
      return assertNever(expression);
  }
}

/** False are false, null, 0 and the empty text; lists and maps are true, also empty ones. */
export function isTruthy(value: unknown): boolean {
  return Boolean(value);
}

function readMember(of: unknown, key: unknown): unknown {
  if (typeof of !== "object" || of === null) return null;
  if (Array.isArray(of)) return typeof key === "number" ? (of[key] ?? null) : null;
  if (typeof key !== "string" && typeof key !== "number") return null;
  return Object.hasOwn(of, key) ? ((of as ExpressionScope)[key] ?? null) : null;
}

function callFunction(name: string, args: readonly unknown[]): unknown {
  const known = EXPRESSION_FUNCTIONS.get(name);
  if (known === undefined) throw new NonRetryableError(`\${{ }} has no function "${name}"`);
  return known.call(args);
}

function evaluateBinary(
  operator: BinaryOperator,
  left: Expression,
  right: Expression,
  scope: ExpressionScope,
): unknown {
  const one = evaluateExpression(left, scope);
  if (operator === "&&") return isTruthy(one) ? evaluateExpression(right, scope) : one;
  if (operator === "||") return isTruthy(one) ? one : evaluateExpression(right, scope);
  const other = evaluateExpression(right, scope);
  if (operator === "==") return isSameValue(one, other);
  if (operator === "!=") return !isSameValue(one, other);
  if (typeof one === "number" && typeof other === "number") return compareOrdered(operator, one, other);
  if (typeof one === "string" && typeof other === "string") return compareOrdered(operator, one, other);
  throw new NonRetryableError(
    `${operator}: expected two numbers or two texts, found ${describeFound(one)} and ${describeFound(other)}`,
  );
}

function compareOrdered<T extends string | number>(operator: "<" | "<=" | ">" | ">=", one: T, other: T): boolean {
  if (operator === "<") return one < other;
  if (operator === "<=") return one <= other;
  return operator === ">" ? one > other : one >= other;
}
