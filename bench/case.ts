/** A case: who is measured on which work, and what the figures are held against. */
import { readConnections, setOpener } from "./connections.ts";
import type { Contender, Openable } from "./contender.ts";
import { type Disk, makeFolderIn } from "./disk.ts";
import { type Figure, makeFigure } from "./figure.ts";
import { measureRounds, type Progress } from "./rounds.ts";
import type { Target } from "./target.ts";

/** More tasks than this are measured the first time: doing it twice would only take long. */
const REHEARSED_TASKS_MAX = 3_000;

/** Of each contender, before the first round. */
const WARM_UP_MS = 2_000;

export interface Entry {
  readonly name: string;
  readonly tasks: number;
  readonly runs: number;
  /** Opens, measures, closes; returns the samples of one round. */
  measure(bench: Bench): Promise<readonly number[]>;
}

export interface Case {
  readonly name: string;
  readonly title: string;
  readonly rounds: number;
  /** Said below the table: what the figures mean and what they leave out. */
  readonly notes?: readonly string[];
  entries(bench: Bench): readonly Entry[] | Promise<readonly Entry[]>;
  targets(figures: readonly Figure[]): readonly Target[];
}

export interface Bench {
  readonly disk: Disk;
  readonly onProgress: Progress;
  /** Rounds instead of those of the case, for a quick look. */
  readonly rounds?: number;
  /** Who opened a connection, and to what → its `synchronous`, as read back while it was open. */
  readonly connections: Map<string, number>;
}

export interface CaseResult {
  readonly name: string;
  readonly title: string;
  readonly rounds: number;
  readonly figures: readonly Figure[];
  readonly targets: readonly Target[];
  readonly notes: readonly string[];
}

export async function measureCase(one: Case, bench: Bench): Promise<CaseResult> {
  const entries = await one.entries(bench);
  const rounds = bench.rounds ?? one.rounds;
  const contestants = entries.map((entry) => ({ name: entry.name, measure: () => entry.measure(bench) }));
  const { onProgress } = bench;
  const samples = await measureRounds(contestants, { rounds, warmUpMs: WARM_UP_MS, onProgress });
  const figures = entries.map((entry) => makeFigure(entry.name, samples.get(entry.name) ?? [], entry));
  return {
    name: one.name,
    title: one.title,
    rounds,
    figures,
    targets: one.targets(figures),
    notes: one.notes ?? [],
  };
}

/**
 * An entry of a contender: a fresh database for each round, and the same work once before it is measured, so that what a
 * contender does once for a workflow (tables, definitions, compiling) is not in the figure of anybody.
 */
export function entryOf<S extends Openable>(
  contender: Contender<S>,
  work: { readonly tasks: number; readonly runs?: number },
  measure: (session: S) => Promise<number | readonly number[]>,
): Entry {
  return {
    name: contender.name,
    tasks: work.tasks,
    runs: work.runs ?? 1,
    measure: async (bench) => {
      setOpener(contender.name);
      const session = await contender.open(makeFolderIn(bench.disk));
      try {
        await session.warmUp();
        if (work.tasks <= REHEARSED_TASKS_MAX) await measure(session);
        const found = await measure(session);
        noteConnections(bench);
        return typeof found === "number" ? [found] : found;
      } finally {
        await session.close();
      }
    },
  };
}

/** Throws unless the setting of each is the one that all others to such a file had. */
function noteConnections(bench: Bench): void {
  for (const { openedBy, file, synchronous } of readConnections()) {
    const name = `${openedBy}: ${file.endsWith(".lock") ? "the engine's lock" : file}`;
    const before = bench.connections.get(name) ?? synchronous;
    if (before !== synchronous) throw new Error(`${name}: expected synchronous ${before}, found ${synchronous}`);
    bench.connections.set(name, synchronous);
  }
}
