/**
 * Rounds in which each contender is measured once, in an order that turns by one from round to round, so that nobody
 * is always the first after an idle disk or the last on a warm processor.
 */

export interface Contestant {
  readonly name: string;
  /** Measures once and returns the samples of that round: one, or those of many runs. */
  measure(): Promise<readonly number[]>;
}

export type Progress = (round: number, name: string) => void;

export interface RoundsOptions {
  /** At least 1. */
  readonly rounds: number;
  /** First each is measured so long, at least once, and not counted: V8 compiles what a process does again and again. */
  readonly warmUpMs?: number;
  readonly onProgress?: Progress;
  /** Milliseconds. */
  readonly now?: () => number;
}

/** Name → the samples of each round, in the order of the rounds. */
export async function measureRounds(
  contestants: readonly Contestant[],
  { rounds, warmUpMs = 0, onProgress = () => {}, now = () => performance.now() }: RoundsOptions,
): Promise<Map<string, number[][]>> {
  if (!Number.isInteger(rounds) || rounds < 1) throw new RangeError(`expected at least one round, found ${rounds}`);
  const samples = new Map<string, number[][]>(contestants.map(({ name }) => [name, []]));
  for (const contestant of contestants) {
    onProgress(0, contestant.name);
    const startedAt = now();
    do await contestant.measure();
    while (now() - startedAt < warmUpMs);
  }
  for (let round = 1; round <= rounds; round += 1) {
    for (const contestant of turnBy(contestants, round)) {
      onProgress(round, contestant.name);
      samples.get(contestant.name)?.push([...(await contestant.measure())]);
    }
  }
  return samples;
}

function turnBy<T>(list: readonly T[], steps: number): T[] {
  const first = list.length === 0 ? 0 : steps % list.length;
  return [...list.slice(first), ...list.slice(0, first)];
}
