import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { stringify } from "yaml";
import { InvalidDefinitionError, NonRetryableError } from "../../src/core/errors.ts";
import { loadYaml } from "../../src/definition/yaml/parse-file.ts";
import { InvalidYamlError } from "../../src/definition/yaml/problems.ts";
import { listKnownKeys } from "../../src/definition/yaml/workflow-json-schema.ts";
import { createContext, findTask, loadText } from "../support/yaml-files.ts";

const EXAMPLES = ["nightly-backup", "check-urls", "merge-configs"].map((name) =>
  readFileSync(new URL(`../support/yaml-examples/${name}.yaml`, import.meta.url), "utf8"),
);

/** Loads, or sees that the error is ours, and that each mistake has a line and a column inside the text. */
function expectLoadedOrPlaced(text: string): "loaded" | "refused" {
  const lines = text.split("\n").length;
  try {
    loadYaml(text, "fuzz.yaml");
    return "loaded";
  } catch (error) {
    if (!(error instanceof InvalidYamlError)) throw error;
    expect(error).toBeInstanceOf(InvalidDefinitionError);
    expect(error.place?.file).toBe("fuzz.yaml");
    for (const { place, message, code } of error.problems) {
      expect(message).not.toMatch(/undefined|\[object|NaN/);
      if (code === "cycle") continue;
      expect(place.line).toBeGreaterThanOrEqual(1);
      expect(place.line).toBeLessThanOrEqual(lines);
      expect(place.column).toBeGreaterThanOrEqual(1);
    }
    return "refused";
  }
}

/** Keys that have a meaning somewhere, so that random trees get past the first check. */
const KEYS = [
  ...listKnownKeys([]),
  ...listKnownKeys(["tasks", "a"]),
  ...[
    "a",
    "b",
    "over",
    "batch",
    "message",
    "type",
    "attempts",
    "cron",
    "url",
    "rate",
    "every",
    "a-b",
    "9",
    "",
    "toString",
  ],
];
const EXPRESSIONS = [
  "${{ needs.a }}",
  "${{ item }}",
  "x ${{ input.b }} y",
  "${{",
  "${{ }}",
  "${{ length(run) > 0 }}",
  "${{ '",
];
const leaf = fc.oneof(
  fc.constantFrom<unknown>(
    "30s",
    "a",
    "b",
    "./x",
    "bash",
    "json",
    "integer",
    "every-layer",
    "0 2 * * *",
    ...EXPRESSIONS,
  ),
  fc.constantFrom<unknown>(null, true, 0, 1, 30, -1, 1.5, 1e21),
  fc.string({ maxLength: 12 }),
  fc.string({ unit: "binary", maxLength: 6 }),
);
const { tree } = fc.letrec<{ tree: unknown; map: unknown }>((tie) => ({
  tree: fc.oneof({ depthSize: "small", maxDepth: 5 }, leaf, fc.array(tie("tree"), { maxLength: 3 }), tie("map")),
  map: fc.dictionary(fc.constantFrom(...KEYS), tie("tree"), { maxKeys: 6 }),
}));
const taskKeys = listKnownKeys(["tasks", "a"]);
const task = fc.dictionary(fc.constantFrom(...taskKeys), tree, { maxKeys: 4 });
const file = fc.record({
  tasks: fc.dictionary(fc.constantFrom("a", "b", "c"), task, { maxKeys: 3 }),
  rest: fc.dictionary(fc.constantFrom(...listKnownKeys([]).filter((key) => key !== "tasks")), tree, { maxKeys: 3 }),
});

test("random trees of known keys load or are refused with places, never more", () => {
  fc.assert(
    fc.property(file, ({ tasks, rest }) => void expectLoadedOrPlaced(stringify({ ...rest, tasks }))),
    {
      numRuns: 1_500,
    },
  );
});

test("random trees load or are refused with places", () => {
  fc.assert(
    fc.property(tree, (value) => void expectLoadedOrPlaced(stringify(value) ?? "")),
    { numRuns: 500 },
  );
});

test("random texts load or are refused with places", () => {
  const sign = fc.constantFrom(
    ..."{}[]:,-?&*!|>'\"%@`#~ \n\t\\<$ab0.".split(""),
    "${{",
    "}}",
    "tasks:",
    "<<:",
    "---\n",
    "\r\n",
    "\u0000",
    "😀",
  );
  const text = fc.array(sign, { maxLength: 60 }).map((signs) => signs.join(""));
  fc.assert(
    fc.property(fc.oneof(text, fc.string({ unit: "binary" })), (each) => void expectLoadedOrPlaced(each)),
    {
      numRuns: 2_000,
    },
  );
});

test("valid files with a part cut, doubled or replaced load or are refused with places", () => {
  const mutation = fc.record({
    example: fc.constantFrom(...EXAMPLES),
    at: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
    length: fc.integer({ min: 0, max: 20 }),
    with: fc.oneof(
      fc.constantFrom("", "x", ": ", "- ", "\n", "  ", "{", "}", "[", '"', "'", "30", ...EXPRESSIONS),
      fc.string({ maxLength: 4 }),
    ),
    isDoubled: fc.boolean(),
  });
  const seen = { loaded: 0, refused: 0 };
  fc.assert(
    fc.property(fc.array(mutation, { minLength: 1, maxLength: 3 }), (mutations) => {
      const text = mutations.reduce((before, { at, length, with: added, isDoubled }) => {
        const start = Math.floor(at * before.length);
        const part = before.slice(start, start + length);
        return before.slice(0, start) + added + (isDoubled ? part + part : "") + before.slice(start + length);
      }, mutations[0]?.example ?? "");
      seen[expectLoadedOrPlaced(text)]++;
    }),
    { numRuns: 1_500 },
  );
  expect(seen.loaded).toBeGreaterThan(0);
  expect(seen.refused).toBeGreaterThan(0);
});

test("the examples make plans of whatever values they are given, or fail in a way that is not tried again", () => {
  const value = fc.jsonValue({ maxDepth: 2 });
  const context = fc.record({
    input: value,
    needs: fc.dictionary(fc.constantFrom("dump", "verify", "old", "list"), value),
    item: value,
  });
  fc.assert(
    fc.property(fc.constantFrom(...EXAMPLES), context, (text, { input, needs, item }) => {
      const { program } = loadYaml(text, "example.yaml");
      const given = createContext({ input, needs: needs as Record<string, unknown>, item, index: 0 });
      for (const each of program.tasks) {
        for (const call of [each.condition, each.over, each.label, each.command, each.checkpoint?.message]) {
          try {
            call?.(given);
          } catch (error) {
            expect(error).toBeInstanceOf(NonRetryableError);
          }
        }
      }
    }),
    { numRuns: 300 },
  );
});

test("whatever the input, exec, env, stdin and files hand on exactly that text", () => {
  const { program } = loadText(`
input: { x: { type: string } }
tasks:
  a: { exec: [printf, "\${{ input.x }}"], env: { X: "\${{ input.x }}" }, stdin: "\${{ input.x }}", files: { x: "\${{ input.x }}" } }
`);
  fc.assert(
    fc.property(
      fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("$(id)", "`id`", "${{ input.x }}", "-rf", "a\nb")),
      (x) => {
        const plan = findTask(program, "a").command?.(createContext({ input: program.parseInput({ x }) }));
        expect(plan).toMatchObject({
          command: { kind: "exec", argv: ["printf", x] },
          env: { X: x },
          stdin: x,
          files: { x },
        });
      },
    ),
  );
});
