import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** `npm test` has just built the command, which starts in a sixth of the time; a test that is run alone may not have. */
const MAIN = join(
  import.meta.dirname,
  process.env.LOCKSTEP_TESTS === "built" ? "../../dist/cli.js" : "../../src/cli/main.ts",
);

export interface Ended {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly error: string;
}

/** A command of the command line as a process of its own. */
export interface LockstepProcess {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves once its standard error, or output, holds the text. */
  awaitText(text: string): Promise<void>;
}

/** @param main what is run; default: the sources, or what `npm test` has built of them */
export function startLockstep(
  cwd: string,
  argv: readonly string[],
  env: NodeJS.ProcessEnv = {},
  main = MAIN,
): LockstepProcess {
  const child = spawn(process.execPath, [main, ...argv], {
    cwd,
    env: { PATH: process.env.PATH, HOME: cwd, ...env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  child.stdin.end();
  onTestFinished(() => void child.kill("SIGKILL"));
  let out = "";
  let error = "";
  let look = (): void => {};
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
    look();
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    error += text;
    look();
  });
  const ended = new Promise<Ended>((resolve) => {
    child.on("close", (exitCode, signal) => resolve({ exitCode, signal, out, error }));
  });
  const awaitText = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      look = () => {
        if (out.includes(text) || error.includes(text)) resolve();
      };
      void ended.then(() => reject(new Error(`ended before ${JSON.stringify(text)}: ${out}${error}`)));
      look();
    });
  return { child, ended, awaitText };
}

/** Runs a command to its end. */
export async function runLockstep(cwd: string, ...argv: string[]): Promise<Ended> {
  return await startLockstep(cwd, argv).ended;
}
