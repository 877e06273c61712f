/** `lockstep ui` of the built command, in a terminal whose screen can be waited for. */
import { type IPty, spawn } from "@lydell/node-pty";
import xterm from "@xterm/headless";
import { findBuiltCommand } from "./built-command.ts";

export interface WatchedScreen {
  readonly pid: number;
  /** Resolves with the instant at which the text came, from now on. */
  awaitText(text: string): Promise<number>;
  press(key: string, text: string): Promise<number>;
  kill(): void;
}

/** A dot before them says that they are dead just now. */
const LIVE_KEYS = /^ Enter /m;

/** The command in a terminal, and the emulator that draws what comes out of it. */
export function watchScreen(path: string): WatchedScreen {
  const env = { ...process.env, TERM: "xterm-256color", LANG: "C.UTF-8", NO_COLOR: "1" };
  const [cols, rows] = [80, 24];
  const pty: IPty = spawn(process.execPath, [findBuiltCommand(), "ui", "--db", path], { cols, rows, env });
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
    pid: pty.pid,
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
