import { expect, test } from "vitest";
import { z } from "zod";
import { workflow } from "../../src/definition/workflow.ts";
import { toProgram } from "../../src/definition/workflow-mark.ts";

async function parse(input: z.ZodType, value: unknown): Promise<unknown> {
  const wf = workflow("w", { input });
  wf.task("a", () => 1);
  return toProgram(wf).parseInput(value);
}

const users = z.object({ users: z.int().min(1) });

test("an input that fits is completed by its schema", async () => {
  expect(await parse(z.object({ a: z.string(), n: z.number().default(3) }), { a: "x" })).toEqual({ a: "x", n: 3 });
});

test("without a schema an input is as it is", async () => {
  const wf = workflow("w");
  wf.task("a", () => 1);
  expect(await toProgram(wf).parseInput({ any: ["thing"] })).toEqual({ any: ["thing"] });
});

test.each<[string, z.ZodType, unknown, string]>([
  ["a text for a number", users, { users: "many" }, 'input "users": expected an integer of at least 1, found "many"'],
  ["a number too small", users, { users: 0 }, 'input "users": expected an integer of at least 1, found 0'],
  ["a missing part", users, {}, 'input "users": expected an integer of at least 1, found nothing'],
  ["a fraction", z.object({ n: z.int() }), { n: 1.5 }, 'input "n": expected an integer, found 1.5'],
  [
    "a choice that is none",
    z.object({ env: z.enum(["dev", "live"]) }),
    { env: "prod" },
    'input "env": expected one of "dev", "live", found "prod"',
  ],
  [
    "a wrong item",
    z.object({ list: z.array(z.object({ n: z.number() })) }),
    { list: [{ n: 1 }, { n: "x" }] },
    'input "list[1].n": expected a number, found "x"',
  ],
  [
    "an empty text",
    z.object({ dir: z.string().min(1) }),
    { dir: "" },
    'input "dir": expected text that is not empty, found ""',
  ],
  [
    "a list too short",
    z.object({ l: z.array(z.string()).min(2) }),
    { l: ["a"] },
    'input "l": expected a list of at least 2, found a list',
  ],
  ["no object at all", users, "x", 'input: expected an object, found "x"'],
  [
    "a bound from both sides",
    z.object({ n: z.number().min(1).max(9) }),
    { n: 10 },
    'input "n": expected a number from 1 to 9, found 10',
  ],
  [
    "a key that is not known",
    z.strictObject({ a: z.string() }),
    { a: "x", b: 1 },
    'input: Unrecognized key: "b" (found an object)',
  ],
  [
    "a rule of the author's",
    z.object({ n: z.number().refine((n) => n % 2 === 0, "must be even") }),
    { n: 3 },
    'input "n": must be even (found 3)',
  ],
])("%s", async (_, schema, value, message) => {
  await expect(parse(schema, value)).rejects.toThrow(message);
});

test("several wrong parts are each named", async () => {
  await expect(parse(z.object({ a: z.string(), b: z.boolean() }), { a: 1, b: "yes" })).rejects.toMatchObject({
    code: "invalid_input",
    exitCode: 2,
    message: 'input "a": expected text, found 1\ninput "b": expected true or false, found "yes"',
  });
});

test("a schema of another library speaks for itself", async () => {
  const odd = {
    "~standard": {
      version: 1 as const,
      vendor: "mine",
      validate: (value: unknown) =>
        value === "odd" ? { value } : { issues: [{ message: "not odd", path: [{ key: "x" }] }] },
    },
  };
  const wf = workflow("w", { input: odd });
  wf.task("a", () => 1);
  const program = toProgram(wf);
  expect(program.spec.input).toBeUndefined();
  expect(() => program.parseInput({ x: 3 })).toThrow('input "x": not odd (found 3)');
  expect(await program.parseInput("odd")).toBe("odd");
});
