/**
 * Builds `dist/` with esbuild, in well under a second:
 *
 *   cli.js      the command: looks at Node's version, then loads main.js
 *   main.js     the command line; the terminal UI is a chunk that it loads when it needs it
 *   index.js    the library; testing.js its simulated clock
 *   worker.js   the process in which function tasks run
 *   zod.js      what `import { z } from "zod"` reaches from a folder without node_modules
 *   vendor/     better-sqlite3 with its prebuilt binaries, so that a user's install compiles nothing
 *   types/      the types of the library
 *
 * Everything that Lockstep needs is inside: the published package has no dependencies.
 */
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build, type Metafile, type Plugin } from "esbuild";
import { readMigrations } from "../src/store/migration-files.ts";
import { writeDeclarations } from "./declarations.ts";
import { inlineBuiltins, lazyBuiltins } from "./lazy-builtins.ts";

const ROOT = join(import.meta.dirname, "..");
const DIST = join(ROOT, "dist");
/** Built beside its place and moved there whole, so that nobody meets half a build. */
const NEXT = join(ROOT, `dist.${process.pid}.next`);

/** Name in `dist/` → source. */
const ENTRIES = {
  main: "src/cli/main.ts",
  index: "src/index.ts",
  testing: "src/testing.ts",
  worker: "src/runners/worker-main.ts",
  zod: "node_modules/zod/index.js",
};

/** What is bundled must not look for a package of the user's: the native library is loaded from `dist/vendor/`. */
const vendoredSqlite: Plugin = {
  name: "vendored-sqlite",
  setup(setup) {
    setup.onResolve({ filter: /^better-sqlite3$/ }, () => ({
      path: "./vendor/better-sqlite3/lib/index.js",
      external: true,
    }));
    setup.onResolve({ filter: /^react-devtools-core$/ }, () => ({ path: "react-devtools-core", external: true }));
  },
};

/** CommonJS packages inside the bundle call `require` for Node's own modules. */
const REQUIRE_BANNER =
  'const require = (id) => globalThis.process.getBuiltinModule(id) ?? globalThis.process.getBuiltinModule("node:module").createRequire(import.meta.url)(id);';

async function buildBundles(version: string): Promise<Metafile> {
  const entryPoints: Record<string, string> = {};
  for (const [name, source] of Object.entries(ENTRIES)) {
    if (existsSync(join(ROOT, source))) entryPoints[name] = source;
    else console.log(`build: ${source} is not there, so dist/${name}.js is left out`);
  }
  const result = await build({
    absWorkingDir: ROOT,
    entryPoints,
    outdir: NEXT,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node22.18",
    jsx: "automatic",
    chunkNames: "[name]-[hash]",
    banner: { js: REQUIRE_BANNER },
    define: {
      "process.env.NODE_ENV": '"production"',
      "process.env.DEV": '"false"',
      LOCKSTEP_VERSION: JSON.stringify(version),
      LOCKSTEP_MIGRATIONS: JSON.stringify(readMigrations(join(ROOT, "migrations"))),
    },
    plugins: [vendoredSqlite, lazyBuiltins],
    metafile: true,
    charset: "utf8",
    logLevel: "warning",
  });
  return result.metafile;
}

/** The entry has to parse on every Node that knows ES modules, since its work is to refuse the old ones. */
async function buildEntry(version: string): Promise<void> {
  const source = "src/cli/entry.ts";
  if (!existsSync(join(ROOT, source))) {
    console.log(`build: ${source} is not there, so dist/cli.js is left out`);
    return;
  }
  const outfile = join(NEXT, "cli.js");
  await build({
    absWorkingDir: ROOT,
    entryPoints: [source],
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node14",
    define: { LOCKSTEP_VERSION: JSON.stringify(version) },
    plugins: [
      {
        name: "main-is-another-file",
        setup: (setup) => setup.onResolve({ filter: /\/main\.ts$/ }, () => ({ path: "./main.js", external: true })),
      },
    ],
    charset: "utf8",
    logLevel: "warning",
  });
  chmodSync(outfile, 0o755);
}

function copySqlite(): void {
  const from = join(ROOT, "node_modules/better-sqlite3");
  const to = join(NEXT, "vendor/better-sqlite3");
  mkdirSync(to, { recursive: true });
  for (const part of ["lib", "prebuilds", "LICENSE"]) {
    cpSync(join(from, part), join(to, part), { recursive: true, filter: (path) => !path.includes("win32") });
  }
  const { name, version, license } = JSON.parse(readFileSync(join(from, "package.json"), "utf8"));
  const manifest = { name, version, license, private: true, type: "commonjs" };
  writeFileSync(join(to, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
}

/** Names, versions and licence texts of all that was bundled: most licences ask that they travel along. */
function writeLicences(metafile: Metafile): void {
  const folders = new Set<string>();
  for (const input of Object.keys(metafile.inputs)) {
    const found = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input);
    if (found) folders.add(found[0]);
  }
  const texts = [...folders].sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(ROOT, folder, "package.json"), "utf8"));
    const file = ["LICENSE", "license", "LICENSE.md", "LICENSE.txt", "licence", "LICENCE"].find((candidate) =>
      existsSync(join(ROOT, folder, candidate)),
    );
    const text = file === undefined ? "" : `\n${readFileSync(join(ROOT, folder, file), "utf8").trim()}\n`;
    return `${name} ${version} (${license})\n${text}`;
  });
  writeFileSync(join(NEXT, "THIRD-PARTY-LICENSES.txt"), texts.join(`\n${"-".repeat(80)}\n\n`));
}

const startedAt = performance.now();
const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
try {
  mkdirSync(NEXT);
  const [metafile] = await Promise.all([buildBundles(version), buildEntry(version)]);
  inlineBuiltins(NEXT);
  copySqlite();
  writeLicences(metafile);
  const problems = writeDeclarations(ROOT, NEXT);
  rmSync(DIST, { recursive: true, force: true });
  renameSync(NEXT, DIST);
  for (const problem of problems) console.error(`build: ${problem}`);
  if (problems.length > 0) process.exitCode = 1;
} finally {
  rmSync(NEXT, { recursive: true, force: true });
}
console.log(`build: dist in ${Math.round(performance.now() - startedAt)} ms`);
