import type { CommandContext } from "../../src/cli/command-context.ts";
import { runCli } from "../../src/cli/run-cli.ts";
import { systemClock } from "../../src/platform/clock.ts";

export interface Ran {
  readonly exitCode: number;
  readonly out: string;
  readonly error: string;
  /** Standard output as one JSON document. */
  readonly json: () => ReturnType<typeof JSON.parse>;
}

/** Calls the command line in this process, in a folder, with its output captured. */
export async function callLockstep(
  cwd: string,
  argv: readonly string[],
  more: { readonly env?: NodeJS.ProcessEnv; readonly output?: Partial<CommandContext["output"]> } = {},
): Promise<Ran> {
  let out = "";
  let error = "";
  const exitCode = await runCli(argv, {
    output: {
      writeOut: (text) => {
        out += text;
      },
      writeError: (text) => {
        error += text;
      },
      outIsTerminal: false,
      errorIsTerminal: false,
      width: 80,
      color: false,
      unicode: true,
      ...more.output,
    },
    env: { HOME: cwd, PATH: process.env.PATH, ...more.env },
    cwd,
    clock: systemClock,
    readInput: async () => "",
    onInterrupt: () => () => {},
  });
  return { exitCode, out, error, json: () => JSON.parse(out) };
}
