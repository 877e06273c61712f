/** What is measured, and what each contender must be able to do. */

export interface Contender<S extends Openable = Session> {
  readonly name: string;
  /** Opens a database of its own in an empty folder. */
  open(folder: string): Promise<S>;
}

export interface Openable {
  /** A small run before the measured one. */
  warmUp(): Promise<unknown>;
  close(): Promise<void>;
}

/**
 * One contender on one database. Each measurement does its work, checks that all of it was done, and returns how many
 * milliseconds the work took. What must be declared first is declared before the clock starts.
 */
export interface Session extends Openable {
  /** Tasks that do nothing, each after the other. */
  runChain(tasks: number): Promise<number>;
  /** One task, then `width` that need it, then one that needs them all. */
  runFan(width: number): Promise<number>;
  /** `runs` runs, submitted at once, of `tasks` tasks each after the other. */
  runMany(runs: number, tasks: number): Promise<number>;
  /** Runs of one task, each submitted when the one before has ended: the time of each. */
  runSingles(runs: number): Promise<number[]>;
}

/** Counts what tasks did, so that a measurement can refuse to report work that was not done. */
export class Tally {
  #done = 0;

  /** The body of every measured task: as good as empty. */
  readonly work = (): null => {
    this.#done += 1;
    return null;
  };

  /** Throws unless exactly so many tasks ran since it was last asked. */
  expect(tasks: number): void {
    const done = this.#done;
    this.#done = 0;
    if (done !== tasks) throw new Error(`expected ${tasks} tasks to have run, found ${done}`);
  }
}
