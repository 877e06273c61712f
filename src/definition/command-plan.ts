/** Makes the command of a shell or exec task from what its author's functions return. */

import { InvalidDefinitionError } from "../core/errors.ts";
import { toCommandText } from "./command-text.ts";
import {
  type AnyFunction,
  createExpectedError,
  type Options,
  readFunction,
  readOneOf,
  readRecord,
  readText,
} from "./option-reader.ts";
import type { CommandPlan, DecideContext, TaskProgram } from "./program.ts";
import { isSchema } from "./schema-check.ts";
import { isShellCommand, type ShellCommand } from "./shell-template.ts";

export const COMMAND_KEYS = ["env", "inheritEnv", "stdin", "files", "cwd", "output"] as const;

const OUTPUT_MODES = ["none", "text", "lines", "nul", "json"] as const;
const SHELLS = ["bash", "sh", "node", "python3"] as const;
/** Interpreters in whose scripts "$1" is the first argument. */
const POSIX_SHELL = /^(?:.*\/)?(?:ba|da|k|mk|z|a)?sh$/;

type MakeCommand = NonNullable<TaskProgram["command"]>;
type Surroundings = Omit<CommandPlan, "command">;
type Shell = Extract<CommandPlan["command"], { readonly kind: "shell" }>["shell"];

/** `wf.exec`: `argv` returns the argument list. */
export function readExecCommand(options: Options, argv: AnyFunction): MakeCommand {
  const surround = readSurroundings(options);
  return async (context) => ({
    command: { kind: "exec", argv: toArguments(await argv(context)) },
    ...surround(context),
  });
}

/** `wf.shell`: `script` returns what `sh` made. */
export function readShellCommand(options: Options, script: AnyFunction): MakeCommand {
  const shell = options.shell === undefined ? "bash" : readShell(options.shell);
  const surround = readSurroundings(options);
  return async (context) => {
    const made = readScript(await script(context), shell);
    return { command: { kind: "shell", script: made.script, args: made.args, shell }, ...surround(context) };
  };
}

function readScript(made: unknown, shell: Shell): ShellCommand {
  if (!isShellCommand(made)) throw createExpectedError("the script", "sh`…`", made);
  const interpreter = typeof shell === "string" ? shell : (shell[0] ?? "");
  if (made.args.length > 0 && !POSIX_SHELL.test(interpreter)) {
    throw new InvalidDefinitionError(
      `sh: a script for ${interpreter} takes no values: "$1" means nothing there. Hand them over in env, stdin or files.`,
    );
  }
  return made;
}

function readShell(value: unknown): Shell {
  if (Array.isArray(value) && value.length > 0) return value.map((part, at) => readText(part, `shell[${at}]`));
  return readOneOf(value, "shell", SHELLS);
}

/** What the author's list becomes: every value one argument. */
function toArguments(list: unknown): readonly string[] {
  if (!Array.isArray(list)) throw createExpectedError("the argument list", 'a list such as ["ls", "-l"]', list);
  const argv = list.map((value, place) => toCommandText(value, `argument ${place}`));
  if (argv[0] === undefined || argv[0] === "")
    throw createExpectedError("argument 0", "the name of a program", argv[0]);
  return argv;
}

/** Reads all but the command itself; the parts that are functions are called for each attempt. */
function readSurroundings(options: Options): (context: DecideContext) => Surroundings {
  const output = options.output === undefined ? "none" : readOutputMode(options.output);
  const inheritEnv = options.inheritEnv === undefined ? undefined : readNames(options.inheritEnv);
  const cwd = options.cwd === undefined ? undefined : readText(options.cwd, "cwd", "a folder");
  const env = readGiven(options.env, "env", readEnv);
  const stdin = readGiven(options.stdin, "stdin", (value) => {
    if (typeof value !== "string") throw createExpectedError("stdin", "text", value);
    return value;
  });
  const files = readGiven(options.files, "files", readFiles);
  return (context) => ({
    output,
    ...(inheritEnv && { inheritEnv }),
    ...(cwd !== undefined && { cwd }),
    ...(env && { env: env(context) }),
    ...(stdin && { stdin: stdin(context) }),
    ...(files && { files: files(context) }),
  });
}

/** A value or a function that makes it. Values are checked at once, what functions make when they made it. */
function readGiven<T>(
  given: unknown,
  path: string,
  read: (value: unknown) => T,
): ((context: DecideContext) => T) | undefined {
  if (given === undefined) return undefined;
  if (typeof given === "function") {
    const make = readFunction(given, path);
    return (context) => read(make(context));
  }
  const value = read(given);
  return () => value;
}

function readOutputMode(value: unknown): CommandPlan["output"] {
  return isSchema(value) ? "json" : readOneOf(value, "output", OUTPUT_MODES);
}

function readNames(value: unknown): readonly string[] {
  if (!Array.isArray(value)) throw createExpectedError("inheritEnv", "a list of names of variables", value);
  return value.map((name, place) => readVariableName(name, `inheritEnv[${place}]`));
}

function readVariableName(name: unknown, path: string): string {
  if (typeof name === "string" && /^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return name;
  throw createExpectedError(path, "the name of a variable (letters, digits and _)", name);
}

function readEnv(value: unknown): Readonly<Record<string, string>> {
  const env = readRecord(value, "env", "an object of variables");
  const texts = Object.entries(env).map(([name, text]) => {
    readVariableName(name, "env");
    return [name, toCommandText(text, `env.${name}`)] as const;
  });
  return Object.fromEntries(texts);
}

function readFiles(value: unknown): Readonly<Record<string, string>> {
  const files = readRecord(value, "files", "an object: name → content");
  for (const [name, content] of Object.entries(files)) {
    if (!/^[A-Za-z0-9_][A-Za-z0-9._-]*$/.test(name)) {
      throw createExpectedError("files", "names of letters, digits, dot, _ and -", name);
    }
    if (typeof content !== "string") throw createExpectedError(`files.${name}`, "text", content);
  }
  return files as Readonly<Record<string, string>>;
}
