/** The cases in which Lockstep is measured beside the loop written by hand and OpenWorkflow. */
import { baseline } from "./baseline.ts";
import { type Bench, type Case, type Entry, entryOf } from "./case.ts";
import type { Contender, Session } from "./contender.ts";
import { makeFolderIn } from "./disk.ts";
import { getFigure, ratioOf } from "./figure.ts";
import { lockstep, lockstepNew } from "./lockstep.ts";
import { OPENWORKFLOW_STEPS_MAX, openWorkflow } from "./openworkflow.ts";
import { atLeast, atMost, below } from "./target.ts";

const FRESH = baseline("fresh");
const WARM = baseline("warm");
const WARM_WITH_RUN = baseline("warm", { runRow: true });
const CONCURRENCIES = [10, 100, 1_000];

const CHAIN = { tasks: 100 };
export const chain: Case = {
  name: "chain",
  title: "chain of 100 empty tasks",
  rounds: 15,
  entries: async (bench) => {
    const measure = (session: Session) => session.runChain(CHAIN.tasks);
    const other = await findBest(bench, (session) => session.runChain(20));
    return [lockstep, lockstepNew, FRESH, WARM, other].map((contender) => entryOf<Session>(contender, CHAIN, measure));
  },
  targets: (figures) => [
    atMost("times the warm baseline", ratioOf(figures, lockstep.name, WARM.name), 1.25),
    below("times the fresh baseline", ratioOf(figures, lockstep.name, FRESH.name), 1),
  ],
};

const WIDTH = 1_000;
export const fan: Case = {
  name: "fan",
  title: "1 → 1,000 → 1 empty tasks",
  rounds: 15,
  notes: [`OpenWorkflow refuses more than ${OPENWORKFLOW_STEPS_MAX} steps: there it is 1 → 998 → 1.`],
  entries: async (bench) => {
    const other = await findBest(bench, (session) => session.runFan(100));
    const widthOf = (contender: Contender) => (contender === other ? OPENWORKFLOW_STEPS_MAX - 2 : WIDTH);
    return [lockstep, lockstepNew, FRESH, WARM, other].map((contender) => {
      const width = widthOf(contender);
      return entryOf<Session>(contender, { tasks: width + 2 }, (session) => session.runFan(width));
    });
  },
  targets: (figures) => [atMost("of the warm baseline's time", ratioOf(figures, lockstep.name, WARM.name), 0.1)],
};

const MANY = { runs: 1_000, tasks: 3 };
export const many: Case = {
  name: "many",
  title: "1,000 runs of 3 tasks, submitted at once",
  rounds: 9,
  entries: async (bench) => {
    const work = { runs: MANY.runs, tasks: MANY.runs * MANY.tasks };
    const measure = (session: Session) => session.runMany(MANY.runs, MANY.tasks);
    const other = await findBest(bench, (session) => session.runMany(300, MANY.tasks));
    return [lockstep, FRESH, WARM, other].map((contender) => entryOf<Session>(contender, work, measure));
  },
  targets: (figures) => [
    atLeast("times the warm baseline's runs a second", ratioOf(figures, WARM.name, lockstep.name), 10),
  ],
};

export const single: Case = {
  name: "single",
  title: "a run of one task: each when the one before has ended",
  rounds: 9,
  notes: [
    '"run\'s row first" commits twice, as whoever must know of a run that crashed in its first step; the others commit once.',
    "OpenWorkflow's worker polls: most of its time is the wait for the next poll.",
  ],
  entries: (): Entry[] => {
    const times = (runs: number) => (session: Session) => session.runSingles(runs);
    const own = [lockstep, FRESH, WARM, WARM_WITH_RUN].map((contender) =>
      entryOf<Session>(contender, { tasks: 1 }, times(200)),
    );
    return [...own, entryOf(openWorkflow(1), { tasks: 1 }, times(10))];
  },
  targets: (figures) => {
    const own = getFigure(figures, lockstep.name);
    return [
      atMost("times the warm baseline's p50", ratioOf(figures, lockstep.name, WARM.name), 1.3),
      atMost(
        "times the p50 of the warm baseline with the run's row",
        ratioOf(figures, lockstep.name, WARM_WITH_RUN.name),
        1.3,
      ),
      below("p99 in its own p50s", (own.p99Ms ?? own.medianMs) / own.medianMs, 2),
    ];
  },
};

/** OpenWorkflow at the concurrency at which it does a smaller piece of the same work fastest. */
async function findBest(bench: Bench, trial: (session: Session) => Promise<number>): Promise<Contender> {
  let best = { contender: openWorkflow(1), concurrency: 1, tookMs: Number.POSITIVE_INFINITY };
  for (const concurrency of CONCURRENCIES) {
    const contender = openWorkflow(concurrency);
    bench.onProgress(0, `${contender.name} at concurrency ${concurrency}`);
    const session = await contender.open(makeFolderIn(bench.disk));
    const tookMs = await trial(session);
    await session.close();
    if (tookMs < best.tookMs) best = { contender, concurrency, tookMs };
  }
  return best.contender;
}
