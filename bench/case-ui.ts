/** How soon the terminal UI shows what another process has written, and what a key has done. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { type IPty, spawn } from "@lydell/node-pty";
import xterm from "@xterm/headless";
import { openAsk } from "../src/engine/ask.ts";
import { systemClock } from "../src/platform/clock.ts";
import { openStore, type Store } from "../src/store/open-store.ts";
import { getRows } from "../src/store/rows.ts";
import type { Case, Entry } from "./case.ts";
import { makeFolderIn } from "./disk.ts";
import { type Figure, getFigure } from "./figure.ts";
import { atMost, type Target } from "./target.ts";

const COMMAND = join(import.meta.dirname, "../dist/cli.js");
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
  entries: () => {
    if (!existsSync(COMMAND)) throw new Error(`expected the built command at ${COMMAND}. Build it: npm run build`);
    return [
      createEntry(WRITES, 1, measureWrites),
      createEntry(WRITES_MANY, 10_000, measureWrites),
      createEntry(KEYS_MANY, 10_000, measureKeys),
    ];
  },
  targets: (figures) => [WRITES, WRITES_MANY, KEYS_MANY].map((name) => toTarget(figures, name)),
};

function toTarget(figures: readonly Figure[], name: string): Target {
  const { p99Ms, medianMs } = getFigure(figures, name);
  return atMost(`${name}: ms, p99`, p99Ms ?? medianMs, SHOWN_MS);
}

type Measure = (store: Store, screen: Watched) => Promise<number[]>;

function createEntry(name: string, pending: number, measure: Measure): Entry {
  return {
    ...{ name, tasks: 1, runs: 1 },
    async measure(bench) {
      const path = join(makeFolderIn(bench.disk), "lockstep.db");
      const store = await openStore({ path, access: "write", clock: systemClock, findLiveEngine: () => undefined });
      store.transaction(() => {
        for (let at = 0; at < pending; at++) ask(store, `waiting ${at}`);
      });
      const screen = watch(path);
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

async function measureWrites(store: Store, screen: Watched): Promise<number[]> {
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
async function measureKeys(_store: Store, screen: Watched): Promise<number[]> {
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

interface Watched {
  /** Resolves with the instant at which the text came, from now on. */
  awaitText(text: string): Promise<number>;
  press(key: string, text: string): Promise<number>;
  kill(): void;
}

/** A dot before them says that they are dead just now. */
const LIVE_KEYS = /^ Enter /m;

/** The command in a terminal, and the emulator that draws what comes out of it. */
function watch(path: string): Watched {
  const env = { ...process.env, TERM: "xterm-256color", LANG: "C.UTF-8", NO_COLOR: "1" };
  const [cols, rows] = [80, 24];
  const pty: IPty = spawn(process.execPath, [COMMAND, "ui", "--db", path], { cols, rows, env });
  const terminal = new xterm.Terminal({ cols, rows, allowProposedApi: true, scrollback: 0 });
  let look = (): void => {};
  pty.onData((data) => terminal.write(data, () => look()));
  const readText = (): string => {
    const { active } = terminal.buffer;
    return Array.from({ length: rows }, (_, y) => active.getLine(y)?.translateToString(true) ?? "").join("\n");
  };
  const awaitFit = (wanted: string | RegExp): Promise<number> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`waited in vain for "${wanted}" on ${readText()}`)), 20_000);
      look = () => {
        const text = readText();
        if (!(typeof wanted === "string" ? text.includes(wanted) : wanted.test(text))) return;
        clearTimeout(timer);
        look = () => {};
        resolve(performance.now());
      };
      look();
    });
  return {
    awaitText: awaitFit,
    async press(key, wanted) {
      await awaitFit(LIVE_KEYS);
      const pressedAt = performance.now();
      pty.write(key);
      return (await awaitFit(wanted)) - pressedAt;
    },
    kill() {
      pty.kill("SIGKILL");
      terminal.dispose();
    },
  };
}
