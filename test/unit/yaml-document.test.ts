import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { listMistakes, loadText } from "../support/yaml-files.ts";

test.each([
  ["", "1:1  the file: expected a map, found nothing"],
  ["just text", '1:1  the file: expected a map, found "just text"'],
  ["a: 1\na: 2", '2:1  the key "a" is there twice. Remove one'],
  ["<<: { a: 1 }", "1:1  merge keys (<<) are not read. Write the keys out, or use defaults"],
  ["tasks: !!binary aGk=", "1:8  tags (!name) have no meaning here. Remove it"],
  ["tasks: !env X", "1:8  tags (!name) have no meaning here. Remove it"],
  ["tasks: {}\n---\na: 1", "2:1  expected one document. Put each workflow into a file"],
  ["? [1]\n: 2", "1:3  expected a name as the key, found another value"],
  ["tasks: *x", "1:8  there is no anchor &x before this alias: this is no definition that can be read"],
  ["a: &x [*x]", "1:7  nested more than 64 deep: this is no definition that can be read"],
  ["tasks: { __proto__: { run: x } }", '1:10  the key "__proto__" is not allowed. Choose another name'],
  ["maxConcurrent: .inf", "1:16  JSON cannot hold .inf. Put it into quotes"],
  [
    "maxConcurrent: 12345678901234567890",
    "1:16  the number 12345678901234567890 would lose digits. Put it into quotes",
  ],
  ["tasks: [", "1:9  not valid YAML: "],
  ["\ttasks: {}", "1:1  not valid YAML: Tabs are not allowed as indentation"],
  ["tasks: {}", "1:8  tasks: expected at least one task, found none"],
  ["description: x", '1:1  "tasks" is missing in the workflow'],
])("what is no definition is refused with its place: %j", (text, message) => {
  expect(listMistakes(text)[0]).toContain(`backup.yaml:${message}`);
});

test("an expression in flow style needs quotes, and the message says so", () => {
  const [first] = listMistakes("tasks: { x: { exec: [a, ${{ run.id }}] } }");
  expect(first).toMatch(/^backup\.yaml:1:\d+ {2}not valid YAML: .*\. Put "\$\{\{ … \}\}" into quotes here$/);
});

test("what is too large, too deep or grows through aliases is refused quickly", () => {
  expect(listMistakes("#".repeat(1_048_577))[0]).toContain("expected at most 1048576 bytes (1 MiB) in a YAML file");
  expect(listMistakes("[".repeat(50_000))[0]).toContain("it is nested too deep");
  const levels = Array.from({ length: 9 }, (_, at) => `a${at + 1}: &a${at + 1} [*a${at}, *a${at}]`);
  expect(listMistakes(`a0: &a0 [1, 1]\n${levels.join("\n")}`)[0]).toContain("more than 100 aliases (*name)");
});

test("an alias stands for its value", () => {
  const { spec } = loadText("tasks: { a: { run: x, retry: &r { attempts: 3 } }, b: { run: x, retry: *r } }").program;
  expect(spec.tasks[1]?.retry).toEqual(spec.tasks[0]?.retry);
});

test("names that objects inherit are names like others", () => {
  const { spec } = loadText("tasks: { constructor: { run: x }, toString: { run: x, needs: [constructor] } }").program;
  expect(spec.tasks.map(({ id }) => id)).toEqual(["constructor", "toString"]);
  expect(listMistakes("tasks: { a: { run: x, needs: [toString] } }")[0]).toContain('there is no task "toString"');
  expect(listMistakes('tasks: { a: { exec: ["${{ input.toString }}"] } }')[0]).toContain('input has no "toString"');
});

test.each(["nightly-backup", "check-urls", "merge-configs"])("the example %s of the design loads", (name) => {
  const file = new URL(`../support/yaml-examples/${name}.yaml`, import.meta.url);
  const { program, warnings } = loadText(readFileSync(file, "utf8"), `${name}.yaml`);
  expect(program.spec.name).toBe(name);
  expect(program.tasks).toHaveLength(program.spec.tasks.length);
  expect(warnings).toEqual([]);
});
