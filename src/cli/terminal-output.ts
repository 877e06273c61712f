/**
 * Where a command writes, and what it may do there. Standard output carries results, standard error progress and
 * errors. Colors and redrawing are for terminals alone, and `NO_COLOR` takes the colors away.
 */
export interface TerminalOutput {
  /** Writes text as it is: whoever calls it has sanitized what is foreign. */
  writeOut(text: string): void;
  writeError(text: string): void;
  readonly outIsTerminal: boolean;
  readonly errorIsTerminal: boolean;
  /** Columns of the terminal; 80 where there is none. */
  readonly width: number;
  readonly color: boolean;
  /** Signs such as ✓ are there unless the locale says outright that it is not UTF-8. */
  readonly unicode: boolean;
}

const WIDTH_DEFAULT = 80;

type Stream = Pick<NodeJS.WriteStream, "write"> & { isTTY?: boolean; columns?: number };

export function createTerminalOutput(out: Stream, error: Stream, env: NodeJS.ProcessEnv): TerminalOutput {
  const outIsTerminal = out.isTTY === true;
  const errorIsTerminal = error.isTTY === true;
  return {
    writeOut: (text) => void out.write(text),
    writeError: (text) => void error.write(text),
    outIsTerminal,
    errorIsTerminal,
    get width() {
      return (outIsTerminal ? out.columns : error.columns) || WIDTH_DEFAULT;
    },
    color: (outIsTerminal || errorIsTerminal) && !env.NO_COLOR && env.TERM !== "dumb",
    unicode: isUnicodeLocale(env),
  };
}

function isUnicodeLocale(env: NodeJS.ProcessEnv): boolean {
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG;
  return !locale || /utf-?8/i.test(locale);
}

/** The signs of a task's state, one column each. */
export function pickSigns(output: Pick<TerminalOutput, "unicode">) {
  return output.unicode
    ? { succeeded: "✓", failed: "✗", skipped: "–", waiting: "‖", running: "▸", other: "·" }
    : { succeeded: "+", failed: "x", skipped: "-", waiting: "|", running: ">", other: "." };
}
