import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readInputs } from "../../src/cli/read-inputs.ts";
import { parseRunReference } from "../../src/cli/run-reference.ts";
import { systemClock } from "../../src/platform/clock.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";

const SCHEMA = {
  type: "object",
  properties: {
    users: { type: "integer", minimum: 1 },
    dir: { type: "string" },
    tags: { type: "array", items: { type: "string" } },
  },
  additionalProperties: false,
};

async function read(...texts: string[]): Promise<unknown> {
  const cwd = createTemporaryFolder();
  writeFileSync(join(cwd, "in.json"), '{"dir":"conf","users":3}');
  const output = {
    writeOut() {},
    writeError() {},
    outIsTerminal: false,
    errorIsTerminal: false,
    width: 80,
    color: false,
    unicode: true,
  };
  const context = {
    output,
    env: {},
    cwd,
    clock: systemClock,
    readInput: async () => '{"users":9}',
    onInterrupt: () => () => {},
  };
  return await readInputs(context, SCHEMA, texts);
}

test("inputs are read by their type and laid over one another", async () => {
  expect(await read()).toEqual({});
  expect(await read("users=5", "dir=007", "tags=a,b")).toEqual({ users: 5, dir: "007", tags: ["a", "b"] });
  expect(await read("@in.json", "users=4")).toEqual({ dir: "conf", users: 4 });
  expect(await read('{"users":1}', "dir=x=y")).toEqual({ users: 1, dir: "x=y" });
  expect(await read("@-")).toEqual({ users: 9 });
  expect(await read("[1,2]")).toEqual([1, 2]);
});

test("what is wrong is told with where it came from", async () => {
  await expect(read("users=many")).rejects.toThrow(
    'input "users": expected an integer of at least 1, found "many" (from --input). Nothing was started.',
  );
  await expect(read("usrs=1")).rejects.toThrow(/Did you mean "users"\?.*\(from --input\)\. Nothing was started\.$/);
  await expect(read("@none.json")).rejects.toThrow("--input: the file none.json cannot be read. Nothing was started.");
  await expect(read("{oops")).rejects.toThrow(/^--input: expected JSON, @FILE or name=value, found "\{oops"/);
});

test("runs and gates are written as numbers", () => {
  expect(parseRunReference("412")).toEqual({ run: 412, gate: undefined });
  expect(parseRunReference("#412")).toEqual({ run: 412, gate: undefined });
  expect(parseRunReference("412.1")).toEqual({ run: 412, gate: 1 });
  expect(parseRunReference("@last")).toEqual({ run: "last", gate: undefined });
  for (const wrong of ["", "0x1", "-1", "4 1", "@first", "412.", "99999999999"]) {
    expect(parseRunReference(wrong)).toBeUndefined();
  }
});
