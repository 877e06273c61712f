/** A line of a dotenv file that is no `NAME=value`. */
export interface DotenvProblem {
  readonly line: number;
  readonly message: string;
}

const LINE = /^(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)$/;

/**
 * Reads the lines of a dotenv file: `NAME=value`, with or without `export`; `'…'` as it stands, `"…"` with \n \t \" \\,
 * others up to ` #`. Nothing is expanded, and a value ends with its line.
 */
export function parseDotenv(text: string): { variables: Map<string, string>; problems: DotenvProblem[] } {
  const variables = new Map<string, string>();
  const problems: DotenvProblem[] = [];
  for (const [index, raw] of text
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/)
    .entries()) {
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) continue;
    const [, name, rest] = LINE.exec(line) ?? [];
    const value = rest === undefined ? undefined : readValue(rest);
    if (name === undefined || value === undefined) {
      const message =
        name === undefined ? "expected NAME=value" : `the value of ${name} has a quote that is not closed`;
      problems.push({ line: index + 1, message });
    } else if (name.startsWith("LOCKSTEP_")) {
      problems.push({
        line: index + 1,
        message: `${name}: variables that begin with LOCKSTEP_ are set for each command`,
      });
    } else {
      variables.set(name, value);
    }
  }
  return { variables, problems };
}

function readValue(rest: string): string | undefined {
  const quote = rest[0];
  if (quote === "'") return /^'([^']*)'\s*(#.*)?$/.exec(rest)?.[1];
  if (quote === '"') {
    const inner = /^"((?:[^"\\]|\\.)*)"\s*(#.*)?$/.exec(rest)?.[1];
    return inner?.replaceAll(/\\(.)/g, (_, escaped: string) => ESCAPES.get(escaped) ?? `\\${escaped}`);
  }
  return rest.replace(/\s+#.*$/, "").trimEnd();
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ["n", "\n"],
  ["t", "\t"],
  ['"', '"'],
  ["\\", "\\"],
  ["$", "$"],
]);
