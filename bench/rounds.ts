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

/** Name → the samples of each round, in the order of the rounds. One more round comes first and is not counted. */
export async function measureRounds(
  contestants: readonly Contestant[],
  rounds: number,
  onProgress: Progress = () => {},
): Promise<Map<string, number[][]>> {
  if (!Number.isInteger(rounds) || rounds < 1) throw new RangeError(`expected at least one round, found ${rounds}`);
  const samples = new Map<string, number[][]>(contestants.map(({ name }) => [name, []]));
  for (let round = 0; round <= rounds; round += 1) {
    for (const contestant of turnBy(contestants, round)) {
      onProgress(round, contestant.name);
      const found = await contestant.measure();
      if (round > 0) samples.get(contestant.name)?.push([...found]);
    }
  }
  return samples;
}

function turnBy<T>(list: readonly T[], steps: number): T[] {
  const first = list.length === 0 ? 0 : steps % list.length;
  return [...list.slice(first), ...list.slice(0, first)];
}
