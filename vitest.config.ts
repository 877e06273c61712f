import { defineConfig } from "vitest/config";

/** Folders of `test/` with the longest time one test in it may take, in milliseconds. Real processes get more. */
const TIMEOUTS_MS = {
  unit: 10_000,
  property: 60_000,
  store: 30_000,
  engine: 30_000,
  crash: 120_000,
  commands: 60_000,
  terminal: 60_000,
  e2e: 120_000,
};

/** Folders whose tests look at a screen while it is drawn: two at once would be seen half done on a machine of two cores. */
const ONE_AT_A_TIME = new Set(["terminal"]);

const folders = Object.entries(TIMEOUTS_MS).map(([name, timeoutMs]) => ({
  test: {
    name,
    include: [`test/${name}/**/*.test.{ts,tsx}`],
    pool: "forks" as const,
    maxWorkers: ONE_AT_A_TIME.has(name) ? 1 : 2,
    testTimeout: timeoutMs,
    hookTimeout: timeoutMs,
    teardownTimeout: 10_000,
  },
}));

/** Tests of inference and of what the compiler refuses, wherever they stand. What is wrong elsewhere is for `npm run types`. */
const types = {
  test: {
    name: "types",
    include: [],
    typecheck: {
      enabled: true,
      only: true,
      checker: "tsc",
      include: ["test/**/*.test-d.{ts,tsx}"],
      tsconfig: "./tsconfig.json",
      ignoreSourceErrors: true,
    },
  },
};

export default defineConfig({
  test: { passWithNoTests: false, retry: 0, projects: [types, ...folders] },
});
