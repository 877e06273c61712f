import { expect, test } from "vitest";
import { NonRetryableError } from "../../src/core/errors.ts";
import { evaluateExpression } from "../../src/definition/yaml/expression-evaluator.ts";
import { parseExpression } from "../../src/definition/yaml/expression-parser.ts";
import { isOnlyExpression, splitText } from "../../src/definition/yaml/expression-text.ts";
import { EXPRESSION_CHARS_MAX, ExpressionMistake } from "../../src/definition/yaml/expression-tokens.ts";

const SCOPE = {
  input: { dir: "conf", keepDays: 14, "a-b": 1, on: true, none: null },
  needs: { old: ["x", "y"], list: [{ n: 1 }], text: "a\nb\n", empty: [], skipped: undefined },
  item: ["first", "second"],
  index: 1,
};

function evaluate(source: string): unknown {
  return evaluateExpression(parseExpression(source), SCOPE);
}

test.each([
  ["input.dir", "conf"],
  ["input.a-b", 1],
  ["input['a-b']", 1],
  ["item[0]", "first"],
  ["item[index]", "second"],
  ["item[7]", null],
  ["needs.list[0].n", 1],
  ["needs.nothing.at.all", null],
  ["needs.skipped", null],
  ["input.dir.length", null],
  ["input.toString", null],
  ["'it''s'", "it's"],
  ["'a\\n\\t\\\\b'", "a\n\t\\b"],
  ['"x"', "x"],
  ["-1.5e2", -150],
  ["true", true],
  ["null", null],
  ["!input.on", false],
  ["!!0", false],
  ["1 == 1", true],
  ["1 == '1'", false],
  ["needs.old == item", false],
  ["needs.list == needs.list", true],
  ["input.none == needs.skipped", true],
  ["1 != 2", true],
  ["1 < 2", true],
  ["2 <= 2", true],
  ["'b' > 'a'", true],
  ["1 >= 2", false],
  ["true && 'x'", "x"],
  ["0 && 'x'", 0],
  ["'' || 'y'", "y"],
  ["true || false && false", true],
  ["(true || false) && false", false],
  ["1 < 2 == true", true],
  ["!input.on || length(needs.old) > 1 && true", true],
  ["length(needs.old)", 2],
  ["length('äö')", 2],
  ["length(input)", 5],
  ["length(needs.skipped)", 0],
  ["contains(needs.old, 'y')", true],
  ["contains('abc', 'bc')", true],
  ["contains(input, 'dir')", true],
  ["contains(input, 'toString')", false],
  ["join(item, '\\n')", "first\nsecond"],
  ["join(needs.old)", "x,y"],
  ["json(needs.list)", '[{"n":1}]'],
  ["json(null)", "null"],
  ["lines(needs.text)", ["a", "b"]],
  ["default(needs.skipped, 'z')", "z"],
  ["default(0, 'z')", 0],
])("%s is %j", (source, value) => {
  expect(evaluate(source)).toEqual(value);
});

test.each([
  ["1 < 'a'", 'expected two numbers or two texts, found 1 (a number) and "a"'],
  ["needs.skipped > 1", "expected two numbers or two texts, found nothing and 1 (a number)"],
  ["length(5)", "length: expected a list, a map or a text, found 5 (a number)"],
  ["join(input)", "join: expected a list, found a map"],
  ["lines(needs.old)", "lines: expected a text, found a list"],
  ["contains(5, 5)", "contains: expected a list, a map or a text"],
])("%s fails and is not tried again", (source, message) => {
  expect(() => evaluate(source)).toThrow(NonRetryableError);
  expect(() => evaluate(source)).toThrow(message);
});

test.each([
  ["a = b", "Compare with ==", 2],
  ["a & b", "Write && for and", 2],
  ["a ? b : c", "There is no ? : here", 2],
  ["a - b", "There is no arithmetic here", 2],
  ["'abc", "is not closed: expected another '", 0],
  ["'a\\q'", "unknown escape", 2],
  ["f(1", 'expected ")"', 3],
  ["a[1", 'expected "]"', 3],
  ["a b", 'unexpected "b"', 2],
  ["#", 'unexpected "#"', 0],
  ["1e999", "expected a number", 0],
  [" ", "found nothing", 0],
])("%s is refused at its wrong character", (source, message, at) => {
  expect(() => parseExpression(source)).toThrow(message);
  expect(() => parseExpression(source)).toThrow(expect.objectContaining({ at }));
});

test("an expression is limited in length and depth", () => {
  expect(() => parseExpression("1".repeat(EXPRESSION_CHARS_MAX + 1))).toThrow(ExpressionMistake);
  expect(() => parseExpression("(".repeat(2_000))).toThrow("nested more than 32 deep");
  expect(() => parseExpression("!".repeat(2_000))).toThrow("nested more than 32 deep");
  expect(evaluate(`${"a || ".repeat(800)}1`)).toBe(1);
});

test("a text is split at its expressions, and }} inside quotes does not close one", () => {
  expect(splitText("a ${{ '}}' }} b ${{ x }}")).toEqual([
    { kind: "text", text: "a " },
    { kind: "expression", source: " '}}' ", nth: 0 },
    { kind: "text", text: " b " },
    { kind: "expression", source: " x ", nth: 1 },
  ]);
  expect(isOnlyExpression(splitText("${{ x }}\n"))).toBe(true);
  expect(isOnlyExpression(splitText(" ${{ x }}"))).toBe(false);
  expect(isOnlyExpression(splitText("${{ x }}${{ y }}"))).toBe(false);
  expect(splitText("$HOME ${x} {{ y }}")).toEqual([{ kind: "text", text: "$HOME ${x} {{ y }}" }]);
});
