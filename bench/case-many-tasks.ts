/** The cases that ask whether the cost of a task stays the same however many there are. */
import { baseline } from "./baseline.ts";
import { type Case, type Entry, entryOf } from "./case.ts";
import { type Figure, getFigure, microsPerTask } from "./figure.ts";
import { type LockstepSession, lockstepNew } from "./lockstep.ts";
import { atMost } from "./target.ts";

/** Larger is flat enough: the cost of a task may grow by so much over the sizes below. */
const FLAT = 1.25;

const LAYERS = [10_000, 30_000, 100_000];
export const layer: Case = {
  name: "layer",
  title: "one layer of 10,000, 30,000 and 100,000 empty tasks",
  rounds: 3,
  entries: () => LAYERS.map((tasks) => sized(tasks, (session) => session.runLayer(tasks))),
  targets: (figures) => [
    ...LAYERS.map((tasks) => atMost(`µs a task at ${count(tasks)}`, costAt(figures, tasks), 20)),
    atMost("times the cost at 10,000, at 100,000", costAt(figures, 100_000) / costAt(figures, 10_000), FLAT),
  ],
};

const CHAINS = [1_000, 10_000];
const WARM = baseline("warm");
export const longChain: Case = {
  name: "long-chain",
  title: "chains of 1,000 and 10,000 empty tasks",
  rounds: 3,
  entries: () => [
    ...CHAINS.map((tasks) => sized(tasks, (session) => session.runChain(tasks))),
    entryOf(WARM, { tasks: 10_000 }, (session) => session.runChain(10_000)),
  ],
  targets: (figures) => [
    atMost("times the cost at 1,000, at 10,000", costAt(figures, 10_000) / costAt(figures, 1_000), FLAT),
    atMost("times the warm baseline", costAt(figures, 10_000) / microsPerTask(getFigure(figures, WARM.name)), 1.25),
  ],
};

function sized(tasks: number, measure: (session: LockstepSession) => Promise<number>): Entry {
  return { ...entryOf(lockstepNew, { tasks }, measure), name: nameAt(tasks) };
}

function nameAt(tasks: number): string {
  return `${lockstepNew.name}, ${count(tasks)}`;
}

function costAt(figures: readonly Figure[], tasks: number): number {
  return microsPerTask(getFigure(figures, nameAt(tasks)));
}

function count(tasks: number): string {
  return tasks.toLocaleString("en");
}
