// The arrows of the design: which folder of src/ may import which, and where each third-party package may live.
// There are no exemptions: a new need changes these tables, in a commit that says why.

import swc from "@swc/core";

// dependency-cruiser asks swc for TypeScript without JSX, whatever the file is.
const parseFile = swc.parseFileSync;
swc.parseFileSync = (file, options) => parseFile(file, { ...options, tsx: file.endsWith(".tsx") });

/** Folder → the folders it may import besides itself. */
const FOLDERS = {
  core: [],
  schedule: ["core"],
  definition: ["core", "schedule"],
  store: ["core"],
  platform: ["core"],
  runners: ["core", "definition"],
  engine: ["core", "schedule", "store", "runners", "definition"],
  daemon: ["core", "schedule", "store", "runners", "definition", "engine"],
  views: ["store", "core", "schedule"],
  ui: ["views", "core"],
  library: ["core", "schedule", "definition", "store", "platform", "runners", "engine", "views"],
  cli: ["core", "schedule", "definition", "store", "platform", "runners", "engine", "daemon", "views"],
};

/** The use cases that the terminal UI may call: those that write decisions. */
const DECISION_USE_CASES = "^src/engine/(decide|ask)[^/]*\\.ts$";

/** Third-party package → the files that may import it. What is not named here may not be imported by src/ at all. */
const PACKAGES = {
  "@cfworker/json-schema": "^src/engine/",
  "@standard-schema/spec": "^src/(definition/|index\\.ts$|library/lockstep\\.ts$)",
  "better-sqlite3": "^src/(store|views|platform)/",
  "drizzle-orm": "^src/(store|views)/",
  commander: "^src/cli/",
  croner: "^src/schedule/",
  ink: "^src/ui/",
  "p-limit": "^src/engine/dispatch[^/]*\\.ts$",
  react: "^src/ui/",
  yaml: "^src/definition/",
  zod: "^src/(definition|cli)/",
};

/** The modules of Node that compute and nothing else; the pure folders may use them. */
const PURE_BUILTINS = "^(node:)?(assert|assert/strict|crypto|util|buffer)$";

/** A package as it is imported, as it lies in node_modules, and as its declarations do. */
const pathsOfPackage = (name) => [
  `^${name}(/|$)`,
  `node_modules/${name}(/|$)`,
  `node_modules/@types/${name.replace("@", "").replace("/", "__")}(/|$)`,
];

const folderRules = Object.entries(FOLDERS).map(([folder, allowed]) => ({
  name: `${folder}-imports-only-${allowed.length === 0 ? "itself" : allowed.join("-")}`,
  comment: `src/${folder} may import ${allowed.length === 0 ? "nothing of ours" : allowed.join(", ")} (DESIGN 4).`,
  severity: "error",
  from: { path: `^src/${folder}/` },
  to: {
    path: "^(src|test|bench|examples|\\.ci)/",
    pathNot: [
      `^src/(${[folder, ...allowed].join("|")})/`,
      ...(folder === "ui" ? [DECISION_USE_CASES] : []),
      ...(folder === "cli" ? ["^src/ui/"] : []),
    ],
  },
}));

const packageRules = Object.entries(PACKAGES).map(([name, homes]) => ({
  name: `${name}-stays-where-it-belongs`,
  severity: "error",
  from: { path: "^src/", pathNot: homes },
  to: { path: pathsOfPackage(name) },
}));

/** @type {import("dependency-cruiser").IConfiguration} */
export default {
  forbidden: [
    ...folderRules,
    ...packageRules,
    {
      name: "ui-is-loaded-lazily",
      comment: "Ink and React cost start-up time: the command line reaches the UI by import() alone.",
      severity: "error",
      from: { path: "^src/", pathNot: "^src/ui/" },
      to: { path: "^src/ui/", dynamic: false },
    },
    {
      name: "only-the-command-line-is-above-the-library",
      severity: "error",
      from: { path: "^src/[^/]+$" },
      to: { path: "^(src/(cli|ui)|test|bench|examples|\\.ci)/" },
    },
    {
      name: "nothing-imports-the-library-from-inside",
      severity: "error",
      from: { path: "^src/.+/" },
      to: { path: "^src/[^/]+$" },
    },
    {
      name: "folder-is-in-the-table",
      comment: "A new folder of src/ needs its line in FOLDERS, and a decision that says why (docs/decisions/018).",
      severity: "error",
      from: { path: "^src/.+/", pathNot: `^src/(${Object.keys(FOLDERS).join("|")})/` },
      to: {},
    },
    {
      name: "package-is-in-the-table",
      severity: "error",
      from: { path: "^src/" },
      to: {
        couldNotResolve: false,
        dependencyTypesNot: ["local", "core"],
        pathNot: ["^(src|test|bench|examples|\\.ci)/", ...Object.keys(PACKAGES).flatMap(pathsOfPackage)],
      },
    },
    {
      name: "pure-folders-touch-no-machine",
      severity: "error",
      from: { path: "^src/(core|schedule)/" },
      to: { dependencyTypes: ["core"], pathNot: PURE_BUILTINS },
    },
    { name: "no-cycles", severity: "error", from: { path: "^src/" }, to: { circular: true } },
    { name: "resolvable", severity: "error", from: { path: "^src/" }, to: { couldNotResolve: true } },
  ],
  options: {
    parser: "swc",
    tsPreCompilationDeps: true,
    doNotFollow: { path: "node_modules" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "types", "node", "default"],
      extensions: [".ts", ".tsx", ".js", ".mjs", ".cjs", ".json", ".d.ts"],
    },
  },
};
