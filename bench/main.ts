/**
 * `npm run bench`: all cases. `npm run bench -- chain workers`: these. `--rounds N`: so many rounds of each, for a quick
 * look. Prints a table and writes what was measured to bench/results/.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Bench, type Case, type CaseResult, measureCase } from "./case.ts";
import { chain, fan, many, single } from "./case-beside-others.ts";
import { daemonCases } from "./case-daemon.ts";
import { daemonLong } from "./case-daemon-long.ts";
import { layer, longChain } from "./case-many-tasks.ts";
import { start } from "./case-start.ts";
import { ui } from "./case-ui.ts";
import { workerCases } from "./case-workers.ts";
import { watchConnections } from "./connections.ts";
import { makeFolderIn, makeFolderOnDisk } from "./disk.ts";
import { describeMachine } from "./machine.ts";
import { readOpenWorkflowSynchronous } from "./openworkflow.ts";
import { formatCase } from "./report.ts";

const CASES = [chain, fan, many, single, layer, longChain, ...workerCases, ...daemonCases, daemonLong, start, ui];
const RESULTS = join(import.meta.dirname, "results");

const { values, positionals } = parseArgs({ options: { rounds: { type: "string" } }, allowPositionals: true });
const rounds = readRounds(values.rounds);
const chosen = chooseCases(positionals);
watchConnections();
const disk = makeFolderOnDisk();
const bench: Bench = { disk, onProgress: showProgress, connections: new Map(), ...(rounds ? { rounds } : {}) };
const results: CaseResult[] = [];
try {
  const machine = describeMachine(disk);
  console.log(`${Object.values(machine).join(" · ")}\n`);
  for (const one of chosen) await measureAndPrint(one);
  const openWorkflow = readOpenWorkflowSynchronous(join(makeFolderIn(disk), "settings.db"));
  const synchronous = { ...Object.fromEntries(bench.connections), OpenWorkflow: openWorkflow };
  console.log("synchronous of each connection, as read back from it (2 is FULL):");
  for (const [name, value] of Object.entries(synchronous)) console.log(`  ${name}: ${value}`);
  const takenAt = new Date().toISOString();
  mkdirSync(RESULTS, { recursive: true });
  const file = join(
    RESULTS,
    `${takenAt.slice(0, 16).replace(":", "")}${positionals.map((name) => `-${name}`).join("")}.json`,
  );
  writeFileSync(file, `${JSON.stringify({ takenAt, machine, synchronous, cases: results }, roundNumbers)}\n`);
  console.log(`\nwritten to ${file}`);
} finally {
  disk.remove();
}

/** A case that cannot be measured does not keep the others from it. */
async function measureAndPrint(one: Case): Promise<void> {
  try {
    const result = await measureCase(one, bench);
    results.push(result);
    clearProgress();
    console.log(`${formatCase(result)}\n`);
  } catch (error) {
    process.exitCode = 1;
    clearProgress();
    console.log(`${one.title}\n  NOT MEASURED  ${error instanceof Error ? error.message : String(error)}\n`);
  }
}

/** A tenth of a microsecond is finer than anything here. */
function roundNumbers(_key: string, value: unknown): unknown {
  return typeof value === "number" ? Math.round(value * 10_000) / 10_000 : value;
}

function readRounds(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const found = Number(text);
  if (!Number.isInteger(found) || found < 1)
    throw new Error(`--rounds: expected an integer of at least 1, found ${text}`);
  return found;
}

/** `workers` stands for all whose names begin with `workers-`. */
function chooseCases(names: readonly string[]): readonly Case[] {
  if (names.length === 0) return CASES;
  return names.flatMap((name) => {
    const found = CASES.filter((one) => one.name === name || one.name.startsWith(`${name}-`));
    if (found.length > 0) return found;
    throw new Error(`No case "${name}". There are: ${CASES.map((one) => one.name).join(", ")}`);
  });
}

function showProgress(round: number, name: string): void {
  if (!process.stderr.isTTY) return;
  clearProgress();
  process.stderr.write(round === 0 ? `warming up: ${name}` : `round ${round}: ${name}`);
}

function clearProgress(): void {
  if (process.stderr.isTTY) process.stderr.write("\r\u001b[2K");
}
