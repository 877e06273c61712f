import { InvalidDefinitionError } from "../core/errors.ts";
import { type CommandValue, toCommandText } from "./command-text.ts";
import { findRefusal, PLACE } from "./shell-scan.ts";

/** Marks what `sh` made, so that no text can pass as a script. */
const SHELL = Symbol.for("lockstep.sh");

/** A script and the values that stand in it as "$1", "$2" … */
export interface ShellCommand {
  readonly script: string;
  readonly args: readonly string[];
}

/** A value of a script: one argument; a list: as many arguments as it is long. */
export type ShellValue = CommandValue | readonly CommandValue[];

/** A template that was looked at once. */
interface Template {
  readonly pieces: readonly string[];
  /** By place: true where the value is a word of its own, so that a list may stand there. */
  readonly alone: readonly boolean[];
  /** True where the script changes "$1" itself, by `shift`, `set` or a function. */
  readonly renames: boolean;
}

/** What changes the meaning of "$1" in a part of a script. */
const CHANGES_ARGUMENTS = /(?:^|[\s;&|({])(?:shift\b|set\s+[^-+\s]|set\s.*--|function\s)|\(\s*\)/;
/** Text that a message repeats before a value, in characters. */
const EXCERPT_CHARS = 30;

const templates = new WeakMap<TemplateStringsArray, Template>();

/**
 * A shell script in which every value is one argument ("$1" …) and never text: whatever it holds, it is not split, globbed or
 * run. So no quotes belong around a value: ``sh`gzip -c ${file} > ${file}.gz` ``. A list that stands as a word of its own
 * becomes as many arguments: ``sh`rm -- ${files}` ``.
 *
 * Backslashes reach the shell as they are written; only `` \` `` and `\${` lose theirs, which a template cannot say otherwise.
 * @throws {InvalidDefinitionError} where a value stands inside quotes, after `sh -c`, in arithmetic, or where it would be run.
 */
export function sh(strings: TemplateStringsArray, ...values: readonly ShellValue[]): ShellCommand {
  if (!Array.isArray(strings) || !Array.isArray(strings.raw)) {
    throw new InvalidDefinitionError("sh: expected a template, sh`…`, not a call: text from elsewhere would be run");
  }
  let template = templates.get(strings);
  if (template === undefined) {
    template = compileTemplate(strings.raw);
    templates.set(strings, template);
  }
  return fillTemplate(template, values);
}

export function isShellCommand(value: unknown): value is ShellCommand {
  return typeof value === "object" && value !== null && SHELL in value;
}

function compileTemplate(raw: readonly string[]): Template {
  const pieces = raw.map((piece) => piece.replaceAll(/\\(`|\$\{)/g, "$1"));
  if (pieces.some((piece) => piece.includes(PLACE))) {
    throw new InvalidDefinitionError("sh: the script holds a NUL character, which no script can hold");
  }
  const text = pieces.join(PLACE);
  const refusal = findRefusal(text);
  if (refusal !== undefined) {
    const before = text.slice(Math.max(0, refusal.at - EXCERPT_CHARS), refusal.at).replaceAll(PLACE, "${…}");
    throw new InvalidDefinitionError(`sh: ${refusal.reason} (at \`${before.trimStart()}\${…}\`)`, {
      code: "unsafe_shell_value",
    });
  }
  const alone = pieces.slice(1).map((after, place) => {
    const before = pieces[place] ?? "";
    return (before === "" ? place === 0 : /[\s;&|(]$/.test(before)) && (after === "" || /^[\s;&|)]/.test(after));
  });
  return { pieces, alone, renames: CHANGES_ARGUMENTS.test(text) };
}

function fillTemplate(template: Template, values: readonly ShellValue[]): ShellCommand {
  const args: string[] = [];
  const add = (value: unknown, path: string): string => {
    args.push(toCommandText(value, path));
    return template.renames
      ? `"\${lockstep_${args.length}}"`
      : `"$${args.length > 9 ? `{${args.length}}` : args.length}"`;
  };
  let script = template.pieces[0] ?? "";
  for (const [place, value] of values.entries()) {
    const path = `sh: value ${place + 1}`;
    if (Array.isArray(value) && !template.alone[place]) {
      throw new InvalidDefinitionError(`${path}: a list must be a word of its own, with space around it`);
    }
    const words = Array.isArray(value) ? value.map((each, at) => add(each, `${path}[${at}]`)) : [add(value, path)];
    script += words.join(" ") + (template.pieces[place + 1] ?? "");
  }
  const prelude = template.renames ? args.map((_, at) => `lockstep_${at + 1}="\${${at + 1}}"; `).join("") : "";
  return { script: prelude + script, args, [SHELL]: true } as ShellCommand;
}
