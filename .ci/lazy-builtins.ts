import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "esbuild";

/** Loaded when something of them is first used: a command that only reads needs none of them. */
const LAZY = [
  "child_process",
  "crypto",
  "fs/promises",
  "http",
  "https",
  "net",
  "readline/promises",
  "stream/consumers",
  "worker_threads",
];

/** Makes modules of LAZY, whose members load the module (`node:crypto` alone costs 4 ms of a start). */
export const lazyBuiltins: Plugin = {
  name: "lazy-builtins",
  setup(setup) {
    setup.onResolve({ filter: /^node:/ }, ({ path, kind }) =>
      kind === "import-statement" && LAZY.includes(path.slice("node:".length))
        ? { path, namespace: "builtin" }
        : undefined,
    );
    setup.onLoad({ filter: /.*/, namespace: "builtin" }, async ({ path }) => {
      const names = Object.keys(await import(path)).filter((name) => name !== "default");
      const contents = `for (const name of ${JSON.stringify(names)}) {
        Object.defineProperty(exports, name, {
          enumerable: true,
          get: () => globalThis.process.getBuiltinModule(${JSON.stringify(path)})[name],
        });
      }`;
      return { contents, loader: "js" };
    });
  },
};

/** As esbuild writes imports: of the default, of all, or of names. */
const IMPORT = /^import (?:([\w$]+)|\* as ([\w$]+)|\{([^}]*)\}) from "(node:[\w/]+)";$/gm;

/**
 * In the bundles of a folder, takes Node's own modules by `getBuiltinModule` instead of `import`: an import makes a namespace
 * of all that the module exports, which runs getters that load half of Node (3 ms of a start).
 */
export function inlineBuiltins(folder: string): void {
  for (const name of readdirSync(folder).filter((each) => each.endsWith(".js") && each !== "cli.js")) {
    const file = join(folder, name);
    const text = readFileSync(file, "utf8");
    const inlined = text.replaceAll(IMPORT, (_line, main?: string, all?: string, names?: string, from?: string) => {
      const pattern = main ?? all ?? `{ ${names?.replaceAll(" as ", ": ").trim()} }`;
      return `const ${pattern} = globalThis.process.getBuiltinModule("${from}");`;
    });
    if (/^import [^"]*"node:/m.test(inlined)) throw new Error(`${name}: expected no import of a module of Node`);
    writeFileSync(file, inlined);
  }
}
