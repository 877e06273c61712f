import { expect, test } from "vitest";
import { InvalidInputError } from "../../src/core/errors.ts";
import { readInputText } from "../../src/definition/yaml/input-text.ts";
import { listMistakes, loadText } from "../support/yaml-files.ts";

const FILE = `
input:
  dir: { type: string, default: conf, description: Where the files lie, pattern: "^[a-z]+$", max: 8 }
  users: { type: integer, min: 1 }
  ratio: { type: number, min: 0, max: 1, default: 0.5 }
  dry: { type: boolean, default: false }
  level: { type: string, enum: [low, high], default: low }
  tags: { type: list, items: { type: string }, min: 1, default: [a] }
  ports: { type: list, items: { type: integer, min: 1 }, default: [80] }
  extra: { type: object, default: {} }
tasks:
  a: { run: x }
`;

const { program } = loadText(FILE);
const schema = program.spec.input;

test("input becomes JSON Schema, and what has no default is required", () => {
  expect(schema).toEqual({
    type: "object",
    properties: {
      dir: { type: "string", description: "Where the files lie", pattern: "^[a-z]+$", maxLength: 8, default: "conf" },
      users: { type: "integer", minimum: 1 },
      ratio: { type: "number", minimum: 0, maximum: 1, default: 0.5 },
      dry: { type: "boolean", default: false },
      level: { type: "string", enum: ["low", "high"], default: "low" },
      tags: { type: "array", minItems: 1, items: { type: "string" }, default: ["a"] },
      ports: { type: "array", items: { type: "integer", minimum: 1 }, default: [80] },
      extra: { type: "object", default: {} },
    },
    required: ["users"],
    additionalProperties: false,
  });
});

test("parseInput completes an input with the defaults", () => {
  expect(program.parseInput({ users: 3, dry: true })).toEqual({
    dir: "conf",
    users: 3,
    ratio: 0.5,
    dry: true,
    level: "low",
    tags: ["a"],
    ports: [80],
    extra: {},
  });
});

test.each([
  [{}, 'input "users": expected an integer of at least 1, found nothing'],
  [{ users: 0 }, 'input "users": expected an integer of at least 1, found 0 (a number)'],
  [{ users: 1, ratio: 2 }, 'input "ratio": expected a number from 0 to 1, found 2 (a number)'],
  [{ users: 1, dir: "ABC" }, 'input "dir": expected text that matches ^[a-z]+$, found "ABC"'],
  [{ users: 1, dir: "abcdefghi" }, 'input "dir": expected text of at most 8 characters, found "abcdefghi"'],
  [{ users: 1, level: "hihg" }, 'input "level": expected one of "low", "high", found "hihg". Did you mean "high"?'],
  [{ users: 1, tags: [] }, 'input "tags": expected a list of at least 1, found an empty list'],
  [{ users: 1, ports: [80, 0] }, 'input "ports": [1]: expected an integer of at least 1, found 0 (a number)'],
  [{ users: 1, dry: "yes" }, 'input "dry": expected true or false, found "yes"'],
  [{ user: 1, users: 1 }, 'input "user": the workflow has no such input. Did you mean "users"?'],
  [[1], "input: expected a map of inputs, found a list"],
])("parseInput refuses %j", (value, message) => {
  expect(() => program.parseInput(value)).toThrow(InvalidInputError);
  expect(() => program.parseInput(value)).toThrow(message);
});

test("a workflow without input takes none", () => {
  const bare = loadText("tasks: { a: { run: x } }").program;
  expect(bare.parseInput(undefined)).toEqual({});
  expect(() => bare.parseInput({ a: 1 })).toThrow('input "a": the workflow has no such input. It takes none');
});

test.each([
  ["users", "12", 12],
  ["ratio", ".5", 0.5],
  ["dry", "true", true],
  ["dir", "true", "true"],
  ["tags", "a,b", ["a", "b"]],
  ["tags", '["a,b"]', ["a,b"]],
  ["ports", "80,443", [80, 443]],
  ["extra", '{"a":1}', { a: 1 }],
])("--input %s=%s is read by its type", (name, text, value) => {
  expect(readInputText(schema, name, text)).toEqual(value);
});

test.each([
  ["users", "many", 'input "users": expected an integer of at least 1, found "many"'],
  ["users", "1.5", 'input "users": expected an integer of at least 1, found "1.5"'],
  ["users", "0", 'input "users": expected an integer of at least 1, found 0 (a number)'],
  ["dry", "yes", 'input "dry": expected true or false, found "yes"'],
  ["extra", "x", 'input "extra": expected an object, found "x"'],
  ["ports", "80,x", 'input "ports": [1]: expected an integer of at least 1, found "x"'],
  ["usrs", "1", 'input "usrs": the workflow has no such input. Did you mean "users"?'],
])("--input %s=%s is refused (message 7)", (name, text, message) => {
  expect(() => readInputText(schema, name, text)).toThrow(InvalidInputError);
  expect(() => readInputText(schema, name, text)).toThrow(new InvalidInputError(message));
});

test("without a schema a text is JSON where it is JSON, else text", () => {
  expect(readInputText(undefined, "a", "1")).toBe(1);
  expect(readInputText(undefined, "a", "one")).toBe("one");
  expect(readInputText(undefined, "a", "null")).toBeNull();
});

test.each([
  ["{ type: integer, default: x }", 'default: expected an integer, found "x"'],
  ["{ type: boolean, min: 1 }", "min has no meaning for type boolean. Remove it"],
  ["{ type: integer, min: 3, max: 1 }", "max: expected at least min (3), found 1 (a number)"],
  ["{ type: integer, pattern: x }", "pattern has a meaning for a string only, and this is of type integer"],
  ['{ type: string, pattern: "(" }', 'pattern: expected a regular expression, found "("'],
  ["{ type: integer, enum: [1, b] }", 'enum: expected an integer, found "b"'],
  ["{ type: string, items: { type: string } }", "items has a meaning for a list only, and this is of type string"],
])("an input that contradicts itself is refused: %s", (input, message) => {
  expect(listMistakes(`input:\n  a: ${input}\ntasks: { t: { run: x } }`)).toEqual([
    expect.stringMatching(/^backup\.yaml:2:\d+ {2}/),
  ]);
  expect(listMistakes(`input:\n  a: ${input}\ntasks: { t: { run: x } }`)[0]).toContain(message);
});
