import fc from "fast-check";
import { expect, test } from "vitest";
import { evaluateExpression } from "../../src/definition/yaml/expression-evaluator.ts";
import { type Expression, parseExpression } from "../../src/definition/yaml/expression-parser.ts";
import { splitText } from "../../src/definition/yaml/expression-text.ts";
import { ExpressionMistake } from "../../src/definition/yaml/expression-tokens.ts";

test("random expression texts are read, or refused at a character of theirs", () => {
  const piece = fc.constantFrom(
    "a",
    "input",
    ".",
    "[",
    "]",
    "(",
    ")",
    "'",
    '"',
    "0",
    "1.5",
    "==",
    "!",
    "&&",
    "||",
    "<",
    ">=",
    ",",
    " ",
    "length",
    "\\n",
    "-",
    "}",
    "é",
  );
  const source = fc.array(piece, { maxLength: 25 }).map((pieces) => pieces.join(""));
  fc.assert(
    fc.property(fc.oneof(source, fc.string({ unit: "binary" })), (text) => {
      try {
        parseExpression(text);
      } catch (error) {
        if (!(error instanceof ExpressionMistake)) throw error;
        expect(error.at).toBeGreaterThanOrEqual(0);
        expect(error.at).toBeLessThanOrEqual(text.length);
      }
    }),
    { numRuns: 3_000 },
  );
});

test("an expression that is written out is read as the same tree, in a text as well", () => {
  fc.assert(
    fc.property(expression, (tree) => {
      const source = write(tree);
      expect(withoutPlaces(parseExpression(source))).toEqual(withoutPlaces(tree));
      const parts = splitText(`a ${"${{"} ${source} }} b`);
      expect(parts).toEqual([
        { kind: "text", text: "a " },
        { kind: "expression", source: ` ${source} `, nth: 0 },
        { kind: "text", text: " b" },
      ]);
    }),
    { numRuns: 1_000 },
  );
});

test("operators agree with JavaScript on numbers and booleans", () => {
  const number = fc.integer({ min: -3, max: 3 });
  const operator = fc.constantFrom("==", "!=", "<", "<=", ">", ">=");
  fc.assert(
    fc.property(number, operator, number, operator, number, (a, first, b, second, c) => {
      const compare = (one: number, sign: string, other: number): boolean =>
        ({
          "==": one === other,
          "!=": one !== other,
          "<": one < other,
          "<=": one <= other,
          ">": one > other,
          ">=": one >= other,
        })[sign] as boolean;
      const source = `${a} ${first} ${b} && !(${b} ${second} ${c}) || ${c} ${first} ${a}`;
      const expected = (compare(a, first, b) && !compare(b, second, c)) || compare(c, first, a);
      expect(evaluateExpression(parseExpression(source), {})).toBe(expected);
    }),
  );
});

const name = fc.constantFrom("input", "needs", "item", "a-b", "x_1", "trueish");
const { expression } = fc.letrec<{ expression: Expression; member: Expression }>((tie) => ({
  expression: fc.oneof(
    { depthSize: "small", maxDepth: 4 },
    fc
      .oneof(
        fc.integer(),
        fc.boolean(),
        fc.constant(null),
        fc.string({ unit: "binary" }).map((text) => text.replaceAll(/\\./gsu, "")),
      )
      .map((value): Expression => ({ kind: "literal", value, at: 0 })),
    name.map((each): Expression => ({ kind: "name", name: each, at: 0 })),
    tie("member"),
    fc
      .tuple(name, fc.array(tie("expression"), { maxLength: 3 }))
      .map(([each, args]): Expression => ({ kind: "call", name: each, args, at: 0 })),
    tie("expression").map((operand): Expression => ({ kind: "not", operand, at: 0 })),
    fc
      .tuple(fc.constantFrom("==", "!=", "<", "<=", ">", ">=", "&&", "||"), tie("expression"), tie("expression"))
      .map(([operator, left, right]): Expression => ({ kind: "binary", operator, left, right, at: 0 })),
  ),
  member: fc
    .tuple(name, tie("expression"))
    .map(([each, key]): Expression => ({ kind: "member", of: { kind: "name", name: each, at: 0 }, key, at: 0 })),
}));

function write(tree: Expression): string {
  switch (tree.kind) {
    case "literal":
      return typeof tree.value === "string"
        ? `'${tree.value.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`
        : String(tree.value);
    case "name":
      return tree.name;
    case "member":
      return `${write(tree.of)}[${write(tree.key)}]`;
    case "call":
      return `${tree.name}(${tree.args.map(write).join(", ")})`;
    case "not":
      return `!(${write(tree.operand)})`;
    default:
      return `(${write(tree.left)} ${tree.operator} ${write(tree.right)})`;
  }
}

function withoutPlaces(tree: Expression): unknown {
  return JSON.parse(JSON.stringify(tree, (key, value: unknown) => (key === "at" ? undefined : value)));
}
