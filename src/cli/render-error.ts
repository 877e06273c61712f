import { LockstepError } from "../core/errors.ts";
import { sanitizeBlock, sanitizeJson } from "../core/sanitize-text.ts";

/** The exit code of what was thrown. What is not an error of operation is a fault of ours: 1. */
export function toExitCode(thrown: unknown): number {
  return thrown instanceof LockstepError ? thrown.exitCode : 1;
}

/** For people: the place, the message and what to do, in one line where they are one. */
export function renderErrorText(thrown: unknown, showStack: boolean): string {
  if (!(thrown instanceof LockstepError)) {
    const stack = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
    const hint = "This is a fault of Lockstep. LOCKSTEP_DEBUG=1 shows where.";
    return sanitizeBlock(showStack ? stack : `internal error: ${describe(thrown)}. ${hint}`);
  }
  // A list of further mistakes begins on a line of its own.
  const hint = thrown.hint === undefined ? "" : `${thrown.hint.includes("\n") ? "\n" : " "}${thrown.hint}`;
  const stack = showStack && thrown.stack !== undefined ? `\n${thrown.stack}` : "";
  return sanitizeBlock(`${renderPlace(thrown)}${thrown.message}${hint}${stack}`);
}

/** `file:9:5  ` where the line is known, `file: ` where only the file is; nothing where the message begins with it. */
function renderPlace({ place, message }: LockstepError): string {
  if (place === undefined || message.startsWith(place.file)) return "";
  if (place.line === undefined) return `${place.file}: `;
  return place.column === undefined ? `${place.file}:${place.line}  ` : `${place.file}:${place.line}:${place.column}  `;
}

/** For programs. */
export function renderErrorJson(thrown: unknown): string {
  const known = thrown instanceof LockstepError ? thrown : undefined;
  const run = thrown instanceof Error && "run" in thrown ? { run: thrown.run } : {};
  const error = {
    code: known?.code ?? "internal",
    message: known?.message ?? describe(thrown),
    hint: known?.hint ?? null,
    ...known?.place,
    ...run,
  };
  return sanitizeJson(JSON.stringify({ error }));
}

function describe(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
