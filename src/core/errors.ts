/**
 * The errors of operation: what a person or a program can meet and act on. Errors of programming are assertions
 * (`assertNever`, `assert`), and never one of these.
 */

export interface LockstepErrorOptions {
  readonly hint?: string;
  readonly cause?: unknown;
  readonly exitCode?: number;
  /** Where in a file it was found; lines and columns count from 1. */
  readonly place?: SourcePlace;
}

export interface SourcePlace {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
}

/** Exit codes of the command line (command-line.md). */
export const EXIT = {
  succeeded: 0,
  failed: 1,
  wrongUse: 2,
  waiting: 3,
  notFound: 4,
  databaseUnusable: 5,
  conflict: 6,
  interrupted: 130,
} as const;

/** Base of all errors of operation. `code` is stable; `message` says what was expected, what was found and what to do. */
export class LockstepError extends Error {
  readonly code: string;
  readonly hint: string | undefined;
  readonly exitCode: number;
  readonly place: SourcePlace | undefined;

  constructor(code: string, message: string, options: LockstepErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.hint = options.hint;
    this.exitCode = options.exitCode ?? EXIT.failed;
    this.place = options.place;
  }
}

/** A definition, an option or an argument is wrong. Nothing was started. */
export class InvalidDefinitionError extends LockstepError {
  constructor(message: string, options: LockstepErrorOptions & { readonly code?: string } = {}) {
    super(options.code ?? "invalid_definition", message, { exitCode: EXIT.wrongUse, ...options });
  }
}

/** The input of a run does not fit the workflow's schema. Nothing was started. */
export class InvalidInputError extends LockstepError {
  constructor(message: string, options: LockstepErrorOptions = {}) {
    super("invalid_input", message, { exitCode: EXIT.wrongUse, ...options });
  }
}

/** A run, task, checkpoint or workflow that was named does not exist in this database. */
export class NotFoundError extends LockstepError {
  constructor(message: string, options: LockstepErrorOptions = {}) {
    super("not_found", message, { exitCode: EXIT.notFound, ...options });
  }
}

/** The run is in a state in which what was asked cannot be done. Nothing was done. */
export class ConflictError extends LockstepError {
  constructor(message: string, options: LockstepErrorOptions & { readonly code?: string } = {}) {
    super(options.code ?? "conflict", message, { exitCode: EXIT.conflict, ...options });
  }
}

/** The same key was used before, with another input. */
export class KeyConflictError extends ConflictError {
  constructor(message: string, options: LockstepErrorOptions = {}) {
    super(message, { ...options, code: "key_conflict" });
  }
}

/** What a decision was made on has changed since. Nothing was done. */
export class StaleDecisionError extends ConflictError {
  constructor(message: string, options: LockstepErrorOptions = {}) {
    super(message, { ...options, code: "stale_decision" });
  }
}

/** The database cannot be used: locked, corrupt, newer, full, read-only, on a network file system. */
export class DatabaseError extends LockstepError {
  constructor(code: string, message: string, options: LockstepErrorOptions = {}) {
    super(code, message, { exitCode: EXIT.databaseUnusable, ...options });
  }
}

/** Ends a `run()` of the library whose run failed. `run` is its number, `task` the first task that failed. */
export class RunFailedError extends LockstepError {
  readonly run: string;
  readonly task: string | undefined;

  constructor(run: string, task: string | undefined, message: string, options: LockstepErrorOptions = {}) {
    super("run_failed", message, options);
    this.run = run;
    this.task = task;
  }
}

/** Ends a `run()` of the library whose run was canceled or rejected. */
export class RunCanceledError extends LockstepError {
  readonly run: string;

  constructor(run: string, message: string, options: LockstepErrorOptions = {}) {
    super("run_canceled", message, options);
    this.run = run;
  }
}

/**
 * Thrown by a task to say that trying again is useless: the attempt fails and `retry` is not applied.
 * Recognized by its name, so that a second copy of the package works too.
 */
export class NonRetryableError extends LockstepError {
  constructor(message: string, options: LockstepErrorOptions = {}) {
    super("non_retryable", message, options);
    this.name = "NonRetryableError";
  }
}

/** How an error crosses a process or the database: a plain value. */
export interface ErrorValue {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly stack?: string;
  readonly cause?: ErrorValue;
}

/** Longest stack or message that is kept, in characters: enough to read, bounded in the file. */
const ERROR_TEXT_MAX = 8_192;
const CAUSES_MAX = 5;

/**
 * Makes a plain value of anything that was thrown, with its chain of causes (at most 5).
 * @param mask what every text goes through, before it is cut: half a secret would not be known any more.
 */
export function toErrorValue(thrown: unknown, mask: (text: string) => string = asItIs): ErrorValue {
  return describeError(thrown, mask, 0);
}

function describeError(thrown: unknown, mask: (text: string) => string, depth: number): ErrorValue {
  const show = (text: string): string => cut(mask(text));
  if (!(thrown instanceof Error)) return { name: "Error", message: show(describeThrown(thrown)) };
  const code = "code" in thrown && typeof thrown.code === "string" ? { code: show(thrown.code) } : {};
  const stack = thrown.stack === undefined ? {} : { stack: show(String(thrown.stack)) };
  const cause =
    thrown.cause === undefined || depth >= CAUSES_MAX ? {} : { cause: describeError(thrown.cause, mask, depth + 1) };
  return { name: show(thrown.name), message: show(thrown.message), ...code, ...stack, ...cause };
}

/** An error that is a plain value already, with each of its texts through `mask`. */
export function maskErrorValue(
  { name, message, code, stack, cause }: ErrorValue,
  mask: (text: string) => string,
): ErrorValue {
  return {
    name: mask(name),
    message: mask(message),
    ...(code === undefined ? {} : { code: mask(code) }),
    ...(stack === undefined ? {} : { stack: mask(stack) }),
    ...(cause === undefined ? {} : { cause: maskErrorValue(cause, mask) }),
  };
}

function asItIs(text: string): string {
  return text;
}

function describeThrown(thrown: unknown): string {
  if (typeof thrown === "string") return thrown;
  try {
    return JSON.stringify(thrown) ?? String(thrown);
  } catch {
    return String(thrown);
  }
}

function cut(text: string): string {
  return text.length <= ERROR_TEXT_MAX ? text : `${text.slice(0, ERROR_TEXT_MAX)}…`;
}

/** For the branch of a switch that the types rule out. */
export function assertNever(value: never): never {
  throw new Error(`unexpected value: ${JSON.stringify(value)}`);
}

/** Says that something of ours is wrong, never that something of the user's is. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`assertion failed: ${message}`);
}
