import { execFile } from "node:child_process";
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { type BuiltRun, runBuilt } from "../support/built-command.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";

const ROOT = join(import.meta.dirname, "../..");

const HELLO = `import { workflow } from "lockstep";
const wf = workflow("hello");
const list = wf.task("list", () => [1, 2, 3]);
const doubled = wf.map("double", { over: list }, ({ item }) => item * 2);
wf.task("sum", { needs: { doubled } }, ({ needs }) => needs.doubled.reduce((sum, each) => sum + each, 0));
`;

/** A folder with these files, and no more: no node_modules, no package.json unless it is among them. */
function createFolder(files: Readonly<Record<string, string>>): string {
  const folder = createTemporaryFolder();
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

/** What npm puts into a node_modules folder: the package as it is published. */
function installCopy(folder: string): string {
  const copy = join(folder, "lockstep");
  for (const part of ["dist", "migrations", "package.json"]) {
    cpSync(join(ROOT, part), join(copy, part), { recursive: true });
  }
  return copy;
}

async function runToResult(folder: string, file: string, command?: string): Promise<unknown> {
  const ended = await runBuilt(folder, ["run", file, "--json"], command);
  expect(ended, ended.out + ended.error).toMatchObject({ code: 0 });
  return JSON.parse(ended.out).result;
}

async function refuse(folder: string, ...args: readonly string[]): Promise<BuiltRun> {
  const ended = await runBuilt(folder, args);
  expect(ended.out).toBe("");
  return ended;
}

describe("in an empty folder", () => {
  test("init and run are all that a first run takes", async () => {
    const folder = createFolder({});
    const made = await runBuilt(folder, ["init"]);
    expect(made).toMatchObject({ code: 0, error: "" });
    expect(made.out).toContain("Next: npx lockstep run hello");
    expect(await runToResult(folder, "hello")).toEqual({
      greetings: ["Hello, Ada!", "Hello, Grace!", "Hello, Edsger!"],
      count: 3,
    });
    const logs = await runBuilt(folder, ["logs", "@last"]);
    expect(logs.out).toContain("greeting Grace");
  });

  test("and so are init --yaml and run", async () => {
    const folder = createFolder({});
    expect(await runBuilt(folder, ["init", "--yaml"])).toMatchObject({ code: 0, error: "" });
    expect(await runToResult(folder, "hello")).toBe("3 greetings");
  });

  test("a CLI that is installed globally gives its own lockstep and zod to a file without node_modules", async () => {
    const folder = createFolder({
      "hello.ts": `${HELLO}import { z } from "zod";\nwf.returns(wf.task("zod", () => typeof z.object));\nexport default wf;\n`,
    });
    const machine = createTemporaryFolder();
    mkdirSync(join(machine, "lib/node_modules"), { recursive: true });
    mkdirSync(join(machine, "bin"));
    const copy = installCopy(join(machine, "lib/node_modules"));
    symlinkSync(join(copy, "dist/cli.js"), join(machine, "bin/lockstep"));
    expect(await runToResult(folder, "hello.ts", join(machine, "bin/lockstep"))).toBe("function");
  });

  test("from the folder above, or another one, a file still finds what it imports", async () => {
    const folder = createFolder({
      "flows/hello.ts": `${HELLO}import { word } from "../lib/word.ts";\nwf.returns(wf.task("word", () => word));\nexport default wf;\n`,
      "lib/word.ts": `export const word: string = "found";\n`,
    });
    expect(await runToResult(folder, "flows/hello.ts")).toBe("found");
    expect(await runToResult(createTemporaryFolder(), join(folder, "flows/hello.ts"))).toBe("found");
  });
});

describe('beside a package.json with "type": "commonjs", as npm init -y writes it', () => {
  test.each(["hello.ts", "hello.mts", "hello.js", "hello.mjs"])("%s with import and export runs", async (file) => {
    const folder = createFolder({
      "package.json": '{ "name": "mine", "version": "1.0.0", "type": "commonjs" }',
      [file]: `${HELLO}export default wf;\n`,
    });
    expect(await runToResult(folder, file)).toBe(12);
  });

  test("hello.js with require and module.exports runs", async () => {
    const folder = createFolder({
      "package.json": '{ "name": "mine", "version": "1.0.0", "type": "commonjs" }',
      "hello.js": `const { workflow } = require("lockstep");
const wf = workflow("hello");
wf.task("answer", () => 42);
module.exports = wf;
`,
    });
    expect(await runToResult(folder, "hello.js")).toBe(42);
  });
});

test("enum, namespace and parameter properties, which Node refuses to strip, run", async () => {
  const folder = createFolder({
    "hello.ts": `import { workflow } from "lockstep";
enum Color { red = "r", green = "g" }
namespace Sizes { export const small = 1; }
class Point { constructor(readonly x: number) {} }
const wf = workflow("hello");
wf.task("all", () => [Color.green, Sizes.small, new Point(7).x]);
export default wf;
`,
  });
  expect(await runToResult(folder, "hello.ts")).toEqual(["g", 1, 7]);
});

describe("several exports", () => {
  const two = `import { workflow } from "lockstep";
export const load = workflow("load");
load.task("a", () => "loaded");
export const clean = workflow("clean");
clean.task("a", () => "cleaned");
`;

  test("are listed, with the command that chooses one, and nothing starts", async () => {
    const folder = createFolder({ "hello.ts": two });
    const { code, error } = await refuse(folder, "run", "hello.ts");
    expect(code).toBe(2);
    expect(error).toContain("hello.ts exports 2 workflows (load, clean). Choose one: lockstep run hello.ts#load");
    expect(JSON.parse((await runBuilt(folder, ["runs", "--json"])).out)).toEqual([]);
  });

  test("FILE#name runs the one that was chosen", async () => {
    const folder = createFolder({ "hello.ts": two });
    expect(await runToResult(folder, "hello.ts#clean")).toBe("cleaned");
    expect(await runToResult(folder, "hello.ts#load")).toBe("loaded");
  });

  test("without a workflow among them say what was found", async () => {
    const folder = createFolder({ "hello.ts": "export const helper = 1;\nexport const config = {};\n" });
    const { code, error } = await refuse(folder, "run", "hello.ts");
    expect(code).toBe(2);
    expect(error).toContain("hello.ts exports no workflow.");
    expect(error).toContain("Found exports: helper, config");
  });
});

describe("two copies of the package", () => {
  test("a file that imports the project's copy runs with the CLI of another", async () => {
    const folder = createFolder({ "package.json": '{ "type": "module" }', "hello.ts": `${HELLO}export default wf;\n` });
    mkdirSync(join(folder, "node_modules"));
    installCopy(join(folder, "node_modules"));
    expect(await runToResult(folder, "hello.ts")).toBe(12);
  });

  test("the library of one copy runs a workflow that another one made", async () => {
    const folder = createFolder({
      "package.json": '{ "type": "module" }',
      "flows/package.json": '{ "type": "module" }',
      "flows/hello.ts": `${HELLO}export default wf;\n`,
      "main.ts": `import { open } from "lockstep";
import wf from "./flows/hello.ts";
const engine = await open({ db: "lib.db" });
console.log(JSON.stringify(await engine.run(wf, {})));
await engine.close();
`,
    });
    for (const place of ["node_modules", "flows/node_modules"]) {
      mkdirSync(join(folder, place));
      installCopy(join(folder, place));
    }
    const { stdout } = await promisify(execFile)(process.execPath, ["main.ts"], { cwd: folder });
    expect(stdout).toBe("12\n");
  });
});
