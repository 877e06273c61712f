import { execFile } from "node:child_process";
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { createTemporaryFolder } from "../support/temporary-folder.ts";

const LOADER = join(import.meta.dirname, "../support/load-in-child.ts");
const run = promisify(execFile);

interface Loaded {
  readonly name: string;
  readonly workflow: string;
  readonly exports: readonly string[];
  readonly first: unknown;
  readonly codeHash: string;
  readonly files: readonly string[];
}

interface Refused {
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly exitCode: number;
    readonly place?: { readonly file: string; readonly line?: number; readonly column?: number };
  };
}

const WORKFLOW = `import { workflow } from "lockstep";\n`;
const HELLO = `${WORKFLOW}const wf = workflow("hello");\nwf.task("a", () => "done");\nexport default wf;\n`;

/** A folder with these files and no node_modules. */
function createFolder(files: Readonly<Record<string, string>>): string {
  const folder = createTemporaryFolder();
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

/** Loads a file of the folder in a process of its own, whose standard error must stay empty. */
async function runLoader(folder: string, args: readonly string[]): Promise<unknown> {
  const { stdout, stderr } = await run(process.execPath, [LOADER, ...args], { cwd: folder });
  expect(stderr).toBe("");
  return JSON.parse(stdout);
}

async function load(folder: string, ...args: readonly string[]): Promise<Loaded> {
  const result = (await runLoader(folder, args)) as Loaded;
  expect(result).not.toHaveProperty("error");
  return result;
}

async function refuse(folder: string, ...args: readonly string[]): Promise<Refused["error"]> {
  const result = (await runLoader(folder, args)) as Refused;
  expect(result).toHaveProperty("error");
  return result.error;
}

describe("a new user's folder", () => {
  test("import of lockstep and zod reaches the running copy where there is no node_modules", async () => {
    const folder = createFolder({
      "hello.ts": `${WORKFLOW}import { z } from "zod";
        const wf = workflow("hello", { input: z.object({ n: z.number() }) });
        wf.task("a", () => typeof z.string);
        export default wf;`,
    });
    expect(await load(folder, "hello.ts")).toMatchObject({ name: "default", workflow: "hello", first: "function" });
  });

  test.each(["hello.ts", "hello.js", "hello.mts", "hello.mjs"])(
    'ES module syntax in %s loads beside "type": "commonjs"',
    async (file) => {
      const folder = createFolder({ "package.json": '{ "type": "commonjs" }', [file]: HELLO });
      expect(await load(folder, file)).toMatchObject({ workflow: "hello", first: "done" });
    },
  );

  test.each(['{ "type": "module" }', "{}", '{ "type": "commonjs" }'])(
    "with a package.json of %s, too",
    async (manifest) => {
      const folder = createFolder({ "package.json": manifest, "hello.ts": HELLO, "hello.js": HELLO });
      expect(await load(folder, "hello.ts")).toMatchObject({ first: "done" });
      expect(await load(folder, "hello.js")).toMatchObject({ first: "done" });
    },
  );

  test.each(["hello.cjs", "hello.cts", "hello.js"])("CommonJS in %s loads, with what it requires", async (file) => {
    const folder = createFolder({
      "package.json": '{ "type": "commonjs" }',
      "helper.cjs": "exports.word = 'required';",
      [file]: `const { workflow } = require("lockstep");
        const { word } = require("./helper.cjs");
        const wf = workflow("old");
        wf.task("a", () => word);
        module.exports = wf;`,
    });
    const loaded = await load(folder, file);
    expect(loaded).toMatchObject({ name: "default", workflow: "old", first: "required" });
    expect(loaded.files.map((path) => path.slice(folder.length + 1)).sort()).toEqual([file, "helper.cjs"].sort());
  });

  test("enum, namespace and parameter properties are understood, and a stack still names the line", async () => {
    const folder = createFolder({
      "hello.ts": `${WORKFLOW}enum Color { red = 3 }
        namespace Shape { export const sides = 4 }
        class Point { constructor(private readonly x: number) {} get() { return this.x } }
        const wf = workflow("hello");
        wf.task("a", () => [Color.red, Shape.sides, new Point(5).get()]);
        export default wf;`,
      "broken.ts": `enum Color { red = 3 }\n\nthrow new Error("at " + Color.red);\n`,
    });
    expect(await load(folder, "hello.ts")).toMatchObject({ first: [3, 4, 5] });
    expect(await refuse(folder, "broken.ts")).toMatchObject({ place: { file: join(folder, "broken.ts"), line: 3 } });
  });

  test("imports without an ending, and of .js for .ts, find the file", async () => {
    const folder = createFolder({
      "hello.ts": `${WORKFLOW}import { one } from "./one"; import { two } from "./two.js"; import { three } from "./lib";
        const wf = workflow("hello");
        wf.task("a", () => [one, two, three]);
        export default wf;`,
      "one.ts": "export const one: number = 1;",
      "two.ts": "export const two: number = 2;",
      "lib/index.ts": "export const three: number = 3;",
    });
    expect(await load(folder, "hello.ts")).toMatchObject({ first: [1, 2, 3] });
  });

  test("a workflow that another copy of the package made runs", async () => {
    const folder = createFolder({ "hello.ts": HELLO });
    const copy = join(folder, "node_modules/lockstep");
    mkdirSync(copy, { recursive: true });
    writeFileSync(join(copy, "package.json"), '{ "name": "lockstep", "type": "module", "exports": "./index.js" }');
    writeFileSync(
      join(copy, "index.js"),
      `export function workflow(name) {
        const program = { spec: { name }, tasks: [{ body: () => "of the copy" }] };
        return { name, task() {}, [Symbol.for("lockstep.workflow")]: { format: 1, toProgram: () => program } };
      }`,
    );
    expect(await load(folder, "hello.ts")).toMatchObject({ workflow: "hello", first: "of the copy" });
  });
});

describe("exports", () => {
  const two = `${WORKFLOW}export const load = workflow("load-all"); load.task("a", () => 1);
    export const clean = workflow("clean-up"); clean.task("a", () => 2);
    export const helper = 3;`;

  test("a file without a workflow is refused with what it exports", async () => {
    const folder = createFolder({ "hello.ts": "export const helper = 1; export const config = {};" });
    expect(await refuse(folder, "hello.ts")).toMatchObject({
      exitCode: 2,
      message:
        'hello.ts exports no workflow. Expected: export default workflow("name", …). Found exports: helper, config',
    });
  });

  test("of several workflows one must be chosen, by its export or its name", async () => {
    const folder = createFolder({ "hello.ts": two });
    expect(await refuse(folder, "hello.ts")).toMatchObject({
      exitCode: 2,
      message: "hello.ts exports 2 workflows (load, clean). Choose one: lockstep run hello.ts#load",
    });
    expect(await load(folder, "hello.ts", "load")).toMatchObject({ workflow: "load-all", first: 1, exports: ["load"] });
    expect(await load(folder, "hello.ts", "clean-up")).toMatchObject({ name: "clean", first: 2 });
    expect((await refuse(folder, "hello.ts", "lod")).message).toBe(
      'hello.ts exports no workflow "lod". It exports: load, clean. Did you mean hello.ts#load?',
    );
  });

  test("the default export is meant where others stand beside it, and one under two names is one", async () => {
    const folder = createFolder({
      "hello.ts": `${two}\nconst main = workflow("main"); main.task("a", () => 4); export { main, main as default };`,
    });
    expect(await load(folder, "hello.ts")).toMatchObject({
      name: "default",
      workflow: "main",
      exports: ["load", "clean", "default"],
    });
  });
});

describe("a file that cannot be loaded", () => {
  test("a file that is not there is not found, with the one that was meant", async () => {
    const folder = createFolder({ "hello.ts": HELLO, "flows/load.ts": HELLO });
    expect(await refuse(folder, "helo.ts")).toMatchObject({
      code: "not_found",
      exitCode: 4,
      message: `No file helo.ts. Did you mean "hello.ts"? (looked in ${folder})`,
    });
    expect((await refuse(folder, "flows/lod.ts")).message).toContain('Did you mean "flows/load.ts"?');
    expect((await refuse(folder, "flows")).message).toBe("flows is a folder, not a file. Name the file in it.");
  });

  test.each([
    ["hello.ts", "const x: number = ;"],
    ["hello.js", "const x = ;"],
    ["hello.mjs", "const x = ;"],
  ])("a syntax error in %s has its line", async (file, line) => {
    const folder = createFolder({ [file]: `${WORKFLOW}\n${line}\n` });
    expect(await refuse(folder, file)).toMatchObject({
      code: "syntax_error",
      exitCode: 2,
      place: { file: join(folder, file), line: 3 },
    });
  });

  test("a wrong definition has its place and its message", async () => {
    const folder = createFolder({
      "hello.ts": `${WORKFLOW}const wf = workflow("w");\nwf.task("a", { tmeout: "3s" }, () => 1);\n`,
    });
    expect(await refuse(folder, "hello.ts")).toMatchObject({
      code: "unknown_key",
      message: 'unknown key "tmeout" in task "a". Did you mean "timeout"?',
      place: { file: join(folder, "hello.ts"), line: 3 },
    });
  });

  test("a file that throws says what, and where", async () => {
    const folder = createFolder({ "hello.ts": `${WORKFLOW}\nimport "./inner.ts";`, "inner.ts": "\nnull.x;" });
    expect(await refuse(folder, "hello.ts")).toMatchObject({
      code: "threw_at_load",
      message: "hello.ts threw while it was loaded: TypeError: Cannot read properties of null (reading 'x')",
      place: { file: join(folder, "inner.ts"), line: 2 },
    });
  });

  test("an import that is not there is named", async () => {
    const folder = createFolder({
      "a.ts": 'import "lokstep";',
      "b.ts": 'import "left-pad";',
      "c.ts": 'import "./helpr.ts";',
      "helper.ts": "",
    });
    expect((await refuse(folder, "a.ts")).message).toBe(
      'a.ts imports "lokstep", which is not installed. Did you mean "lockstep"?',
    );
    expect((await refuse(folder, "b.ts")).message).toBe(
      'b.ts imports "left-pad", which is not installed. Run: npm install left-pad',
    );
    expect((await refuse(folder, "c.ts")).message).toBe(
      "c.ts imports helpr.ts, which does not exist. Did you mean helper.ts?",
    );
  });
});

describe("the code hash", () => {
  const files = {
    "hello.ts": `${HELLO}import "./lib/helper.ts";`,
    "lib/helper.ts": "export const x = 1;",
    "other.ts": "",
  };

  test("is of the module and its local imports, wherever they lie", async () => {
    const one = createFolder(files);
    const other = createFolder({});
    cpSync(one, join(other, "deep/er"), { recursive: true });
    const first = await load(one, "hello.ts");
    expect(first.codeHash).toMatch(/^[0-9a-f]{64}$/);
    expect(first.files.map((path) => path.slice(one.length + 1)).sort()).toEqual(["hello.ts", "lib/helper.ts"]);
    expect((await load(other, "deep/er/hello.ts")).codeHash).toBe(first.codeHash);
    symlinkSync(join(one, "hello.ts"), join(other, "link.ts"));
    expect((await load(other, "link.ts")).codeHash).toBe(first.codeHash);
  });

  test("changes with an import, and not with a file beside", async () => {
    const folder = createFolder(files);
    const before = await load(folder, "hello.ts");
    writeFileSync(join(folder, "other.ts"), "export {}");
    expect((await load(folder, "hello.ts")).codeHash).toBe(before.codeHash);
    writeFileSync(join(folder, "lib/helper.ts"), "export const x = 2;");
    expect((await load(folder, "hello.ts")).codeHash).not.toBe(before.codeHash);
  });
});
