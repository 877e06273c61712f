import fc from "fast-check";
import { expect, test } from "vitest";
import { parseConfigFacts } from "../../src/cli/parse-config-facts.ts";
import { CONFIG_KEYS, scanConfigFacts } from "../../src/cli/scan-config-facts.ts";
import { configSchema } from "../../src/definition/config/config-schema.ts";

const parse = (text: string) => parseConfigFacts({ file: "lockstep.config.yaml", text });

test("a config as people write it is read without a YAML reader", () => {
  const text =
    "# facts\ndb: .lockstep/lockstep.db  # here\nworkflows: workflows\ngroup: ops\nnotify:\n  ops: { command: x }\n";
  expect(scanConfigFacts(text)).toEqual({ database: ".lockstep/lockstep.db", group: "ops" });
  expect(scanConfigFacts("workflows: jobs\n")).toEqual({ database: undefined, group: undefined });
  expect(scanConfigFacts("")).toEqual({ database: undefined, group: undefined });
});

test.each([
  'db: "x/y.db"',
  "db: 5",
  "db: 1/2\n  3",
  "db: |\n  a/b",
  "db:\n  a/b.db",
  "db: null",
  "  db: a/b.db",
  '"db": a/b.db',
  "{ db: a/b.db }",
  "---\ndb: a/b.db",
  'env: { A: "x\ndb: /evil/x.db',
  "env: [\ndb: a/b.db",
  "env: &x a\ndb: *x",
  "db: a/b.db\ndb: c/d.db",
  "db: a/b.db\r\ngroup: x\r\n",
  "group: true",
  "dbb: a/b.db",
])("%j is left to the YAML reader", (text) => {
  expect(scanConfigFacts(text)).toBeUndefined();
});

const line = fc.constantFrom(
  ..."db: a/b.db|db: ~/x.db|db: x|db: 'a/b'|group: ops|group: 007|group: 12|group: null|workflows: w|env:|env: { A: b }|env: { A: |}|  A: b|  - x|   more|# c|  # c||notify: \"a|\"|defaults: [a,|  b]|timezone: a: b|db:|db: a/b # c|db: a/b#c|---|x".split(
    "|",
  ),
);

test("the keys are those of the schema", () => {
  expect([...CONFIG_KEYS].sort()).toEqual(Object.keys(configSchema.shape).sort());
});

test("whatever the lines are, the two readings agree", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(line, { maxLength: 6 }), async (lines) => {
      const text = lines.join("\n");
      const scanned = scanConfigFacts(text);
      if (scanned === undefined) return;
      let parsed: Awaited<ReturnType<typeof parse>>;
      try {
        parsed = await parse(text);
      } catch {
        return; // who needs more of the file than these two tells what is wrong with it
      }
      expect(scanned, JSON.stringify(text)).toEqual(parsed);
    }),
    { numRuns: 3_000 },
  );
});

test.each([
  ["db: 5", "db: expected text, found 5 (a number)"],
  ["db:\n  - a", "db: expected text, found a list"],
  ["group: true", "group: expected text, found true (true or false)"],
])("%j is told with what was found", async (text, message) => {
  await expect(parse(text)).rejects.toMatchObject({ message, exitCode: 2, place: { line: expect.any(Number) } });
});
