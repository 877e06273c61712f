/** How long a command takes that does little, beside Node that does nothing. */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { findBuiltCommand } from "./built-command.ts";
import type { Bench, Case, Entry } from "./case.ts";
import { makeFolderIn } from "./disk.ts";
import { type Figure, getFigure, ratioOf } from "./figure.ts";
import { atMost, type Target } from "./target.ts";

const NODE = "node -e 0";
const VERSION = "lockstep --version";
const WHY = "lockstep why RUN";
const COMPLETE = "completion of a run";
const STARTS = 10;
/** What a person does not notice while typing. */
const OWN_MS = 50;

export const start: Case = {
  name: "start",
  title: "Commands that do little, beside Node alone",
  rounds: 5,
  notes: ["`why` and the completion read a database with one run, found by a config."],
  entries: (bench) => {
    const folder = makeProject(bench);
    return [
      starts(VERSION, folder, [findBuiltCommand(), "--version"]),
      starts(WHY, folder, [findBuiltCommand(), "why", "1"]),
      starts(COMPLETE, folder, [findBuiltCommand(), "complete", "--", "why", ""]),
      starts(NODE, folder, ["-e", "0"]),
    ];
  },
  targets: (figures) => [
    atMost("times the bare start of Node", ratioOf(figures, VERSION, NODE), 1.5),
    ownTime(figures, WHY),
    ownTime(figures, COMPLETE),
  ],
};

function ownTime(figures: readonly Figure[], name: string): Target {
  const ownMs = getFigure(figures, name).medianMs - getFigure(figures, NODE).medianMs;
  return atMost(`${name}: ms beyond the bare start of Node`, ownMs, OWN_MS);
}

function makeProject(bench: Bench): string {
  const folder = makeFolderIn(bench.disk);
  writeFileSync(join(folder, "lockstep.config.yaml"), "db: .lockstep/lockstep.db\nworkflows: workflows\n");
  writeFileSync(join(folder, "w.yaml"), "tasks: { a: { run: ': ok' } }\n");
  runOnce("lockstep run", folder, [findBuiltCommand(), "run", "w.yaml"]);
  return folder;
}

function starts(name: string, folder: string, args: readonly string[]): Entry {
  const measure = async () => Array.from({ length: STARTS }, () => runOnce(name, folder, args));
  return { name, tasks: 1, runs: 1, measure };
}

function runOnce(name: string, cwd: string, args: readonly string[]): number {
  const startedAt = performance.now();
  const { status, error, stderr } = spawnSync(process.execPath, args, { cwd, stdio: ["ignore", "ignore", "pipe"] });
  const tookMs = performance.now() - startedAt;
  if (status !== 0) throw new Error(`expected ${name} to exit with 0, found ${status}: ${stderr}`, { cause: error });
  return tookMs;
}
