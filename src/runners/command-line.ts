import { LockstepError } from "../core/errors.ts";
import type { CommandPlan } from "../definition/program.ts";

/** One argument or variable fails near 128 KiB, in the kernel and without a useful word. */
const VALUE_BYTES_MAX = 96 * 1_024;
/** All of them together: the kernel allows a quarter of the stack's limit, 2 MiB as a rule. */
const VALUES_BYTES_MAX = 1_048_576;

/** The argument list that runs a plan, program first. */
export function createArguments({ command }: CommandPlan): readonly string[] {
  if (command.kind === "exec") return command.argv;
  const { shell, script, args } = command;
  if (typeof shell !== "string") return [...shell, script, ...args];
  switch (shell) {
    case "bash":
      // A bash whose standard input is a socket takes itself for a remote shell, and would read ~/.bashrc.
      return ["bash", "--norc", "-euo", "pipefail", "-c", script, "bash", ...args];
    case "sh":
      return ["sh", "-eu", "-c", script, "sh", ...args];
    case "node":
      return [process.execPath, "-e", script, "--", ...args];
    case "python3":
      return ["python3", "-c", script, ...args];
  }
}

/**
 * Refuses what the kernel would refuse less clearly, before anything is started.
 * @throws {LockstepError} `invalid_command`
 */
export function checkValues(taskId: string, argv: readonly string[], env: Readonly<Record<string, string>>): void {
  if (argv[0] === undefined || argv[0] === "") {
    throw refuse(taskId, "has no program to start. Expected a list such as [cat, --, file].");
  }
  let bytes = 0;
  for (const [at, value] of argv.entries()) bytes += checkValue(taskId, `argument ${at}`, value);
  for (const [name, value] of Object.entries(env)) {
    if (!/^[^=\0]+$/.test(name)) throw refuse(taskId, `has a variable that cannot be named ${JSON.stringify(name)}.`);
    bytes += checkValue(taskId, `the variable ${name}`, value);
  }
  if (bytes > VALUES_BYTES_MAX) {
    throw refuse(taskId, `gives ${toKib(bytes)} in arguments and variables, more than 1 MiB. ${USE_FILES}`);
  }
}

export function refuse(taskId: string, message: string): LockstepError {
  return new LockstepError("invalid_command", `Task "${taskId}" ${message}`);
}

const USE_FILES = 'Put the value in files: { name: value } and read "$LOCKSTEP_FILES/name".';

function checkValue(taskId: string, what: string, value: string): number {
  if (value.includes("\0")) {
    throw refuse(taskId, `gives a NUL character in ${what}, which no command can be given there. Use stdin or files.`);
  }
  const bytes = Buffer.byteLength(value);
  if (bytes > VALUE_BYTES_MAX) {
    throw refuse(taskId, `gives ${toKib(bytes)} in ${what}, more than the 96 KiB that fit there. ${USE_FILES}`);
  }
  return bytes;
}

function toKib(bytes: number): string {
  return `${Math.ceil(bytes / 1_024)} KiB`;
}
