import { spawn } from "node:child_process";
import { dirname, join } from "node:path";

/** The build ran before: `npm test` builds, and so does `npm ci`. */
export const BUILT_COMMAND = join(import.meta.dirname, "../../dist/cli.js");

export interface BuiltRun {
  readonly code: number | null;
  readonly out: string;
  readonly error: string;
}

/**
 * Runs the built command, or a copy of it, in a folder with a home and a database of its own. `node` is this process's,
 * for the commands of tasks, too.
 */
export async function runBuilt(
  cwd: string,
  args: readonly string[],
  command = BUILT_COMMAND,
  more: Readonly<Record<string, string>> = {},
): Promise<BuiltRun> {
  const path = `${dirname(process.execPath)}:${process.env.PATH ?? ""}`;
  const env = { PATH: path, HOME: cwd, LOCKSTEP_DB: join(cwd, ".lockstep/lockstep.db"), ...more };
  const child = spawn(process.execPath, [command, ...args], { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  let [out, error] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text) => (out += text));
  child.stderr.setEncoding("utf8").on("data", (text) => (error += text));
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, out, error };
}
