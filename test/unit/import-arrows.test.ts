import { beforeAll, describe, expect, test } from "vitest";
import { plantInCopy } from "../support/planted-copy.ts";

/** What is planted, all of it at once: reading the sources takes a while. */
const PLANTED = {
  "src/store/planted.ts": "export const value = 1;\nexport interface Shape { a: 1 }\n",
  "src/ui/planted.ts": "export const screen = 1;\n",
  "src/engine/decide-planted.ts": "export const decide = 1;\n",
  "src/engine/claim-planted.ts": "export const claim = 1;\n",

  "src/core/against-the-arrows.ts": 'import { value } from "../store/planted.ts";\nexport const again = value;\n',
  "src/runners/by-types-alone.ts": 'import type { Shape } from "../store/planted.ts";\nexport type Again = Shape;\n',
  "src/engine/along-the-arrows.ts": 'import { value } from "../store/planted.ts";\nexport const again = value;\n',
  "src/cli/screen-imported.ts": 'import { screen } from "../ui/planted.ts";\nexport const again = screen;\n',
  "src/cli/screen-loaded.ts": 'export const again = () => import("../ui/planted.ts");\n',
  "src/ui/decides.ts": 'import { decide } from "../engine/decide-planted.ts";\nexport const again = decide;\n',
  "src/ui/claims.ts": 'import { claim } from "../engine/claim-planted.ts";\nexport const again = claim;\n',
  "src/core/cycle-a.ts": 'import type { B } from "./cycle-b.ts";\nexport type A = B | 1;\n',
  "src/core/cycle-b.ts": 'import type { A } from "./cycle-a.ts";\nexport type B = A[];\n',
  "src/utils/planted.ts": 'import { decide } from "../engine/decide-planted.ts";\nexport const again = decide;\n',

  "src/engine/sqlite.ts": 'export * from "better-sqlite3";\n',
  "src/engine/drizzle.ts": 'export * from "drizzle-orm";\n',
  "src/platform/drizzle-driver.ts": 'export * from "drizzle-orm/better-sqlite3";\n',
  "src/engine/croner.ts": 'export * from "croner";\n',
  "src/engine/limit.ts": 'export * from "p-limit";\n',
  "src/cli/react.ts": 'export * from "react";\n',
  "src/views/ink.ts": 'export * from "ink";\n',
  "src/core/zod.ts": 'export * from "zod";\n',
  "src/cli/yaml.ts": 'export * from "yaml";\n',
  "src/daemon/commander.ts": 'export * from "commander";\n',
  "src/runners/sqlite-types.ts": 'export type { Database } from "better-sqlite3";\n',
  "src/store/sqlite.ts": 'export * from "better-sqlite3";\n',
  "src/cli/unknown-package.ts": 'export * from "esbuild";\n',
  "src/core/machine.ts": 'export * from "node:fs";\n',
  "src/core/hash.ts": 'export * from "node:crypto";\n',
};

let totalCruised = 0;
let violations: { from: string; rule: { name: string } }[] = [];

/** The names of the rules that refuse the file. */
function refusalsOf(file: keyof typeof PLANTED): string[] {
  return violations.filter(({ from }) => from === file).map(({ rule }) => rule.name);
}

beforeAll(async () => {
  await using copy = await plantInCopy(PLANTED);
  const { code, stdout } = await copy.run("depcruise", "-c", ".dependency-cruiser.mjs", "-T", "json", "src");
  expect(code).toBe(0); // with JSON as its output it leaves the verdict to the reader
  ({ totalCruised, violations } = JSON.parse(stdout).summary);
});

describe("the arrows between the folders", () => {
  test("the sources are looked at, not only what was planted", () => {
    expect(totalCruised).toBeGreaterThan(Object.keys(PLANTED).length + 10);
  });

  test("an import against the arrows is refused", () => {
    expect(refusalsOf("src/core/against-the-arrows.ts")).toEqual(["core-imports-only-itself"]);
  });

  test("an import of types alone is refused like any other", () => {
    expect(refusalsOf("src/runners/by-types-alone.ts")).toEqual(["runners-imports-only-core-definition"]);
  });

  test("an import along the arrows is not refused", () => {
    expect(refusalsOf("src/engine/along-the-arrows.ts")).toEqual([]);
  });

  test("the command line may load the screens, but not import them", () => {
    expect(refusalsOf("src/cli/screen-imported.ts")).toEqual(["ui-is-loaded-lazily"]);
    expect(refusalsOf("src/cli/screen-loaded.ts")).toEqual([]);
  });

  test("the screens reach the use cases that decide, and no others", () => {
    expect(refusalsOf("src/ui/decides.ts")).toEqual([]);
    expect(refusalsOf("src/ui/claims.ts")).toEqual(["ui-imports-only-views-core"]);
  });

  test("two modules that import each other are refused, also by types alone", () => {
    expect([...refusalsOf("src/core/cycle-a.ts"), ...refusalsOf("src/core/cycle-b.ts")]).toContain("no-cycles");
  });

  test("a folder that is not in the table is refused", () => {
    expect(refusalsOf("src/utils/planted.ts")).toEqual(["folder-is-in-the-table"]);
  });
});

describe("the packages", () => {
  test.each([
    ["better-sqlite3", "src/engine/sqlite.ts"],
    ["better-sqlite3", "src/runners/sqlite-types.ts"],
    ["drizzle-orm", "src/engine/drizzle.ts"],
    ["drizzle-orm", "src/platform/drizzle-driver.ts"],
    ["croner", "src/engine/croner.ts"],
    ["p-limit", "src/engine/limit.ts"],
    ["react", "src/cli/react.ts"],
    ["ink", "src/views/ink.ts"],
    ["zod", "src/core/zod.ts"],
    ["yaml", "src/cli/yaml.ts"],
    ["commander", "src/daemon/commander.ts"],
  ] as const)("%s is refused in %s", (name, file) => {
    expect(refusalsOf(file)).toEqual([`${name}-stays-where-it-belongs`]);
  });

  test("a package is accepted where it belongs", () => {
    expect(refusalsOf("src/store/sqlite.ts")).toEqual([]);
  });

  test("a package that is not in the table is refused everywhere", () => {
    expect(refusalsOf("src/cli/unknown-package.ts")).toEqual(["package-is-in-the-table"]);
  });

  test("the pure folders may compute with Node's modules, but not touch the machine", () => {
    expect(refusalsOf("src/core/machine.ts")).toEqual(["pure-folders-touch-no-machine"]);
    expect(refusalsOf("src/core/hash.ts")).toEqual([]);
  });
});
