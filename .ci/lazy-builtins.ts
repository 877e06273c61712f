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

/**
 * Takes Node's own modules by `getBuiltinModule` instead of `import`: an import makes a namespace of all that the module
 * exports, which runs getters that load half of Node (3 ms of a start). Those of LAZY are not even loaded before they are
 * used (`node:crypto` alone costs 4 ms).
 */
export const lazyBuiltins: Plugin = {
  name: "lazy-builtins",
  setup(setup) {
    setup.onResolve({ filter: /^node:/ }, ({ path, kind }) =>
      kind === "import-statement" ? { path, namespace: "builtin" } : undefined,
    );
    setup.onLoad({ filter: /.*/, namespace: "builtin" }, async ({ path }) => {
      const get = `process.getBuiltinModule(${JSON.stringify(path)})`;
      if (!LAZY.includes(path.slice("node:".length))) return { contents: `module.exports = ${get};`, loader: "js" };
      const names = Object.keys(await import(path)).filter((name) => name !== "default");
      const contents = `for (const name of ${JSON.stringify(names)}) {
        Object.defineProperty(exports, name, { enumerable: true, get: () => ${get}[name] });
      }`;
      return { contents, loader: "js" };
    });
  },
};
