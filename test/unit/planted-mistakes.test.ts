import { describe, expect, test } from "vitest";
import { plantInCopy } from "../support/planted-copy.ts";

describe("time and chance", () => {
  const mistakes = [
    "Date.now()",
    "new Date()",
    "new Date",
    "Math.random()",
    "[1].map(Math.random)",
    "{ now: Date.now }",
  ];

  async function lint(path: string, expression: string) {
    await using copy = await plantInCopy({ [path]: `export const planted = ${expression};\n` });
    return await copy.run("biome", "lint", path);
  }

  test.each(mistakes)("%s is refused outside of src/platform", async (mistake) => {
    const { code, stderr } = await lint("src/engine/planted.ts", mistake);
    expect(stderr).toContain("Time and randomness come in through the ports of core");
    expect(code).toBe(1);
  });

  test("src/platform may read them", async () => {
    expect(await lint("src/platform/planted.ts", "[Date.now(), Math.random()]")).toMatchObject({ code: 0 });
  });

  test("a date made of a known instant is no reading of the clock", async () => {
    expect(await lint("src/engine/planted.ts", "new Date(0)")).toMatchObject({ code: 0 });
  });
});

describe("types", () => {
  test("any is refused", async () => {
    await using copy = await plantInCopy({ "src/core/planted.ts": "export const planted = (a: any) => a;\n" });
    const { code, stderr } = await copy.run("biome", "lint", "src/core/planted.ts");
    expect(stderr).toContain("noExplicitAny");
    expect(code).toBe(1);
  });
});

describe("types that no import statement brings", () => {
  test("import() of a type is refused, since the check of the arrows would not see it", async () => {
    await using copy = await plantInCopy({
      "src/core/planted.ts": 'export type Planted = import("react").ReactNode;\n',
    });
    const { code, stderr } = await copy.run("biome", "lint", "src/core/planted.ts");
    expect(stderr).toContain("Import the type with an import statement");
    expect(code).toBe(1);
  });
});

describe("what nobody uses", () => {
  async function findUnused(): Promise<
    { file: string; exports: { name: string }[]; devDependencies: { name: string }[] }[]
  > {
    await using copy = await plantInCopy({
      "src/core/planted.ts": "export const used = 1;\nexport const unused = 2;\n",
      "src/core/planted-alone.ts": "export const alone = 1;\n",
      "examples/planted.ts": 'import { used } from "../src/core/planted.ts";\nconsole.log(used);\n',
    });
    const { stdout } = await copy.run("knip", "--reporter", "json");
    return JSON.parse(stdout).issues;
  }

  test("an export and a file that nobody imports are reported", async () => {
    const issues = await findUnused();
    const planted = issues.find((issue) => issue.file === "src/core/planted.ts");
    expect(planted?.exports.map((unused) => unused.name)).toEqual(["unused"]);
    expect(issues.map((issue) => issue.file)).toContain("src/core/planted-alone.ts");
  });
});
