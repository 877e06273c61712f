/** One line of the table: what a contender took, over all counted rounds. */
import { getMedian, getPercentile } from "./statistics.ts";

export interface Figure {
  readonly contender: string;
  /** The median over the rounds, in milliseconds; of single runs, the median of all of them. */
  readonly medianMs: number;
  /** Only where a round has many samples. */
  readonly p99Ms?: number;
  /** Tasks that one sample stands for. */
  readonly tasks: number;
  readonly runs: number;
  /** As measured, one list a round. */
  readonly roundsMs: readonly (readonly number[])[];
}

export function makeFigure(
  contender: string,
  roundsMs: readonly (readonly number[])[],
  work: { readonly tasks: number; readonly runs: number },
): Figure {
  const samples = roundsMs.flat();
  const many = roundsMs.some((round) => round.length > 1);
  return {
    contender,
    medianMs: getMedian(samples),
    ...(many ? { p99Ms: getPercentile(samples, 99) } : {}),
    ...work,
    roundsMs,
  };
}

export function microsPerTask(figure: Figure): number {
  return (figure.medianMs * 1_000) / figure.tasks;
}

export function runsPerSecond(figure: Figure): number {
  return (figure.runs * 1_000) / figure.medianMs;
}

export function getFigure(figures: readonly Figure[], contender: string): Figure {
  const found = figures.find((figure) => figure.contender === contender);
  if (found === undefined)
    throw new Error(`expected a figure of ${contender}, found ${figures.map((f) => f.contender)}`);
  return found;
}

/** The time of the one as a multiple of the time of the other, by medians. */
export function ratioOf(figures: readonly Figure[], contender: string, other: string): number {
  return getFigure(figures, contender).medianMs / getFigure(figures, other).medianMs;
}
