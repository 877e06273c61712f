/** What stays of much that has gone through a daemon: beside an open UI, and of workers that die. Figures are not times. */
import { statSync } from "node:fs";
import { workflow } from "../src/index.ts";
import type { Bench, Case, Entry } from "./case.ts";
import { type DaemonSession, runMany, withDaemon } from "./case-daemon.ts";
import { readMemoryMib } from "./daemon-process.ts";
import { getFigure } from "./figure.ts";
import { atMost } from "./target.ts";
import { watchScreen } from "./watched-screen.ts";

const RUNS = 100_000;
const PORTION = 1_000;
const WAL = "MiB of the write-ahead log after 100,000 runs, with the UI open";
const UI = "MiB of memory of the UI after them";
const DEATHS = 1_000;
const DESCRIPTORS = "descriptors that stay open after 1,000 functions that ended their process";

const dying = workflow("dying");
dying.task("work", () => null);

export const daemonLong: Case = {
  name: "daemon-long",
  title: "the daemon after much (figures are not times: see the names)",
  rounds: 1,
  entries: () => [
    createEntry(WAL, ({ daemon }) => statSync(`${daemon.db}-wal`).size / 1_048_576, runBesideUi),
    createEntry(UI, (_session, memoryMib) => memoryMib, runBesideUi),
    createEntry(DESCRIPTORS, ({ daemon }, before) => Math.max(0, daemon.countDescriptors() - before), killWorkers),
  ],
  targets: (figures) => [
    atMost(WAL, getFigure(figures, WAL).medianMs, 64),
    atMost(DESCRIPTORS, getFigure(figures, DESCRIPTORS).medianMs, 0),
  ],
};

type Work = (session: DaemonSession) => Promise<number>;

function createEntry(name: string, read: (session: DaemonSession, found: number) => number, work: Work): Entry {
  const measure = (bench: Bench): Promise<number[]> =>
    withDaemon(bench, async (session) => {
      const found = await work(session);
      return [read(session, found)];
    });
  return { name, tasks: 1, runs: 1, measure };
}

/** Returns what the UI takes at the end, in MiB. */
async function runBesideUi({ daemon, lockstep }: DaemonSession): Promise<number> {
  const screen = watchScreen(daemon.db);
  try {
    await screen.awaitText("Inbox");
    await screen.press("2", "empty");
    for (let done = 0; done < RUNS; done += PORTION) await runMany(lockstep, PORTION);
    return readMemoryMib(screen.pid);
  } finally {
    screen.kill();
  }
}

/** Returns how many descriptors the daemon had before. */
async function killWorkers({ daemon, lockstep }: DaemonSession): Promise<number> {
  const before = daemon.countDescriptors();
  for (let done = 0; done < DEATHS; done += DEATHS / 10) {
    const ended = await Promise.allSettled(Array.from({ length: DEATHS / 10 }, () => lockstep.run(dying, null)));
    const failed = ended.filter(({ status }) => status === "rejected").length;
    if (failed !== ended.length) throw new Error(`expected ${ended.length} runs to fail, found ${failed}`);
  }
  return before;
}
