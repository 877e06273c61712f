/** How soon the terminal UI shows what another process has written, and what a key has done. */
import { join } from "node:path";
import { openAsk } from "../src/engine/ask.ts";
import { systemClock } from "../src/platform/clock.ts";
import { openStore, type Store } from "../src/store/open-store.ts";
import { getRows } from "../src/store/rows.ts";
import type { Case, Entry } from "./case.ts";
import { makeFolderIn } from "./disk.ts";
import { type Figure, getFigure } from "./figure.ts";
import { atMost, type Target } from "./target.ts";
import { type WatchedScreen, watchScreen } from "./watched-screen.ts";

const WRITES = "a question of another process, inbox of 1";
const WRITES_MANY = "… of 10,000";
const KEYS_MANY = "the next page, inbox of 10,000";
const SAMPLES = 20;
/** What screens.md promises. */
const SHOWN_MS = 250;

export const ui: Case = {
  name: "ui",
  title: "From a commit, or a key, to the terminal",
  rounds: 3,
  notes: [
    "From the commit's return, or the key, to what an emulator at the other end shows; the UI looks every 100 ms.",
  ],
  entries: () => [
    createEntry(WRITES, 1, measureWrites),
    createEntry(WRITES_MANY, 10_000, measureWrites),
    createEntry(KEYS_MANY, 10_000, measureKeys),
  ],
  targets: (figures) => [WRITES, WRITES_MANY, KEYS_MANY].map((name) => toTarget(figures, name)),
};

function toTarget(figures: readonly Figure[], name: string): Target {
  const { p99Ms, medianMs } = getFigure(figures, name);
  return atMost(`${name}: ms, p99`, p99Ms ?? medianMs, SHOWN_MS);
}

type Measure = (store: Store, screen: WatchedScreen) => Promise<number[]>;

function createEntry(name: string, pending: number, measure: Measure): Entry {
  return {
    ...{ name, tasks: 1, runs: 1 },
    async measure(bench) {
      const path = join(makeFolderIn(bench.disk), "lockstep.db");
      const store = await openStore({ path, access: "write", clock: systemClock, findLiveEngine: () => undefined });
      store.transaction(() => {
        for (let at = 0; at < pending; at++) ask(store, `waiting ${at}`);
      });
      const screen = watchScreen(path);
      try {
        await screen.awaitText("Inbox");
        await screen.awaitText(pending > 1 ? "folded" : "waiting 0");
        return await measure(store, screen);
      } finally {
        screen.kill();
        store.close();
      }
    },
  };
}

async function measureWrites(store: Store, screen: WatchedScreen): Promise<number[]> {
  const took: number[] = [];
  for (let at = 0; at < SAMPLES; at++) {
    const total = store.sqlite.prepare("SELECT count(*) FROM checkpoint").pluck().get() as number;
    const shown = screen.awaitText(`Inbox ${total + 1}`);
    store.transaction(() => ask(store, `new ${at}`));
    const committedAt = performance.now();
    took.push((await shown) - committedAt);
  }
  return took;
}

/** Unfolds the questions, and turns pages. */
async function measureKeys(_store: Store, screen: WatchedScreen): Promise<number[]> {
  await screen.press("f", "waiting 0");
  const took: number[] = [];
  const rows = 20;
  for (let at = 1; at <= SAMPLES; at++) took.push(await screen.press("\x1b[6~", `waiting ${at * rows}`));
  return took;
}

function ask(store: Store, message: string): void {
  const request = { message, risk: "low", showJson: null, key: null, timeoutMs: null, run: null } as const;
  openAsk(getRows(store), { ...request, by: { kind: "person", name: "bench" } }, Date.now());
}
