import { join } from "node:path";
import { type IPty, spawn } from "@lydell/node-pty";
import xterm from "@xterm/headless";
import { onTestFinished } from "vitest";

const CLI = join(import.meta.dirname, "../../dist/cli.js");

export interface ScreenOptions {
  readonly columns?: number;
  readonly rows?: number;
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
}

/** The built command in a real terminal: a pty, and an emulator that draws what comes out of it. */
export interface Screen {
  readonly terminal: InstanceType<typeof xterm.Terminal>;
  /** All that was written so far, byte for byte. */
  raw(): string;
  /** The rows as they are now. */
  lines(): string[];
  text(): string;
  /** Resolves with the text once it fits; fails loudly when it never does. */
  waitFor(what: string | RegExp | ((text: string) => boolean), timeoutMs?: number): Promise<string>;
  /** Presses keys once the keys are live. */
  press(...keys: string[]): Promise<void>;
  /** Types without waiting for anything. */
  type(text: string): void;
  resize(columns: number, rows: number): void;
  readonly exitCode: Promise<number>;
  kill(): void;
}

const NAMED_KEYS: Readonly<Record<string, string>> = {
  ...{ enter: "\r", esc: "\x1b", space: " ", tab: "\t", up: "\x1b[A", down: "\x1b[B", home: "\x1b[H", end: "\x1b[F" },
  ...{ pageup: "\x1b[5~", pagedown: "\x1b[6~", backspace: "\x7f", "ctrl-c": "\x03" },
};

/** Synchronized updates, as Ink marks its frames. */
const FRAME_BEGINS = "\x1b[?2026h";
const FRAME_ENDS = "\x1b[?2026l";

export function openScreen(argv: readonly string[], options: ScreenOptions = {}): Screen {
  const screen = startScreen(argv, options);
  onTestFinished(() => screen.kill());
  return screen;
}

/** The same for who is no test, and has to call `kill`. */
function startScreen(argv: readonly string[], { columns = 80, rows = 24, env, cwd }: ScreenOptions): Screen {
  const terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 0 });
  const pty = spawn(process.execPath, [CLI, ...argv], {
    ...{ cols: columns, rows, name: "xterm-256color" },
    env: {
      PATH: process.env.PATH ?? "",
      HOME: "/nonexistent",
      TERM: "xterm-256color",
      LANG: "C.UTF-8",
      TZ: "UTC",
      ...env,
    },
    ...(cwd === undefined ? {} : { cwd }),
  });
  return connect(pty, terminal);
}

function connect(pty: IPty, terminal: Screen["terminal"]): Screen {
  let raw = "";
  let look = (): void => {};
  // A frame may come in several pieces: rows of the new view above keys of the old one would be taken for keys that live.
  let isWholeFrame = true;
  pty.onData((data) => {
    raw += data;
    const endsWhole = raw.lastIndexOf(FRAME_BEGINS) <= raw.lastIndexOf(FRAME_ENDS);
    terminal.write(data, () => {
      isWholeFrame = endsWhole;
      look();
    });
  });
  // What the emulator answers to questions of the program.
  terminal.onData((data) => pty.write(data));
  const exitCode = new Promise<number>((resolve) => pty.onExit((ended) => resolve(ended.exitCode)));
  let hasEnded = false;
  void exitCode.then(() => {
    hasEnded = true;
    look();
  });
  const lines = (): string[] => {
    const buffer = terminal.buffer.active;
    return Array.from(
      { length: terminal.rows },
      (_, y) => buffer.getLine(buffer.baseY + y)?.translateToString(true) ?? "",
    );
  };
  const text = (): string => lines().join("\n");
  const waitFor: Screen["waitFor"] = async (what, timeoutMs = 15_000) => {
    const fits =
      typeof what === "function"
        ? what
        : (shown: string) => (typeof what === "string" ? shown.includes(what) : what.test(shown));
    return await new Promise<string>((resolve, reject) => {
      const fail = (why: string): void => {
        clearTimeout(timer);
        reject(new Error(`${why} until the screen showed ${String(what)}:\n${text()}`));
      };
      const timer = setTimeout(() => fail(`waited ${timeoutMs} ms in vain`), timeoutMs);
      look = () => {
        const shown = text();
        if (isWholeFrame && fits(shown)) {
          clearTimeout(timer);
          look = () => {};
          resolve(shown);
        } else if (hasEnded) fail("it ended");
      };
      look();
    });
  };
  return {
    ...{ terminal, lines, text, waitFor, exitCode },
    raw: () => raw,
    async press(...keys) {
      for (const key of keys) {
        // A dot before the keys says that they are dead just now.
        await waitFor(() => /^ \S/.test(lines().at(-1) ?? ""));
        pty.write(NAMED_KEYS[key] ?? key);
      }
    },
    type: (typed) => pty.write(typed),
    resize(columns, rows) {
      terminal.resize(columns, rows);
      pty.resize(columns, rows);
    },
    kill() {
      if (!hasEnded) pty.kill("SIGKILL");
      terminal.dispose();
    },
  };
}
