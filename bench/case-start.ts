/** How long a command takes that does nothing, beside Node that does nothing. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Case, Entry } from "./case.ts";
import { ratioOf } from "./figure.ts";
import { atMost } from "./target.ts";

const COMMAND = join(import.meta.dirname, "../dist/cli.js");
const NODE = "node -e 0";
const VERSION = "lockstep --version";
const STARTS = 10;

export const start: Case = {
  name: "start",
  title: "lockstep --version, beside Node alone",
  rounds: 5,
  entries: () => {
    if (!existsSync(COMMAND)) throw new Error(`expected the built command at ${COMMAND}. Build it: npm run build`);
    return [starts(VERSION, [COMMAND, "--version"]), starts(NODE, ["-e", "0"])];
  },
  targets: (figures) => [atMost("times the bare start of Node", ratioOf(figures, VERSION, NODE), 1.5)],
};

function starts(name: string, args: readonly string[]): Entry {
  return { name, tasks: 1, runs: 1, measure: async () => Array.from({ length: STARTS }, () => startOnce(name, args)) };
}

function startOnce(name: string, args: readonly string[]): number {
  const startedAt = performance.now();
  const { status, error } = spawnSync(process.execPath, args, { stdio: ["ignore", "ignore", "inherit"] });
  const tookMs = performance.now() - startedAt;
  if (status !== 0) throw new Error(`expected ${name} to exit with 0, found ${status}`, { cause: error });
  return tookMs;
}
