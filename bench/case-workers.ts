/** The cases that ask what it costs to run the tasks' functions in worker processes. */
import { type Case, entryOf } from "./case.ts";
import { ratioOf } from "./figure.ts";
import { type LockstepSession, lockstep } from "./lockstep.ts";
import { lockstepNewWorkers, lockstepWorkers, type WorkerSession, type WorkerShape } from "./lockstep-workers.ts";
import { atLeast } from "./target.ts";

interface Shape {
  readonly shape: WorkerShape;
  readonly title: string;
  readonly rounds: number;
  readonly runs: number;
  /** Of all runs together. */
  readonly tasks: number;
  inProcess(session: LockstepSession): Promise<number | readonly number[]>;
  inWorkers?(session: WorkerSession): Promise<readonly number[]>;
}

const SINGLES = 200;
const SHAPES: readonly Shape[] = [
  {
    ...{ shape: "chain", title: "chain of 100", rounds: 9, runs: 1, tasks: 100 },
    inProcess: (session) => session.runChain(100),
  },
  {
    ...{ shape: "fan", title: "1 → 1,000 → 1", rounds: 9, runs: 1, tasks: 1_002 },
    inProcess: (session) => session.runFan(1_000),
  },
  {
    ...{ shape: "many", title: "1,000 runs of 3 tasks", rounds: 9, runs: 1_000, tasks: 3_000 },
    inProcess: (session) => session.runMany(1_000, 3),
  },
  {
    ...{ shape: "single", title: "a run of one task", rounds: 5, runs: 1, tasks: 1 },
    inProcess: (session) => session.runSingles(SINGLES),
    async inWorkers(session) {
      const timesMs: number[] = [];
      for (let index = 0; index < SINGLES; index += 1) timesMs.push(await session.run("single", 1, 1));
      return timesMs;
    },
  },
];

export const workerCases: readonly Case[] = SHAPES.map((one) => ({
  name: `workers-${one.shape}`,
  title: `through worker processes: ${one.title}`,
  rounds: one.rounds,
  entries: () => {
    const measure = one.inWorkers ?? ((session: WorkerSession) => session.run(one.shape, one.runs, one.tasks));
    const workers = [lockstepWorkers, lockstepNewWorkers].map((contender) => entryOf(contender, one, measure));
    return [entryOf(lockstep, one, one.inProcess), ...workers];
  },
  targets: (figures) => [atLeast("of the in-process rate", ratioOf(figures, lockstep.name, lockstepWorkers.name), 0.5)],
}));
