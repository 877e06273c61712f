import { existsSync, readdirSync } from "node:fs";
import { basename, dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { findClosest } from "../core/did-you-mean.ts";
import { InvalidDefinitionError, LockstepError, type SourcePlace } from "../core/errors.ts";
import { findSyntaxError } from "./module-source.ts";
import { showPath } from "./show-path.ts";

/** Packages that every workflow file may import, for "did you mean". */
const COMMON_PACKAGES = ["lockstep", "zod"];

/**
 * What went wrong while a user's file was imported, with the place in the user's sources where it can be told.
 * @param sources the local files that were read, by path.
 */
export function describeLoadError(error: unknown, path: string, sources: ReadonlyMap<string, string>): LockstepError {
  const shown = showPath(path);
  if (!(error instanceof Error)) {
    const message = `${shown} threw while it was loaded: ${String(error)}`;
    return new InvalidDefinitionError(message, { code: "threw_at_load", place: { file: path } });
  }
  const code = "code" in error && typeof error.code === "string" ? error.code : undefined;
  const place = findPlace(error, path);
  if (isFromLockstep(error))
    return new InvalidDefinitionError(error.message, { code: error.code, place, cause: error });
  if (code === "ERR_MODULE_NOT_FOUND" || code === "MODULE_NOT_FOUND") return describeMissing(error, path);
  if (error instanceof SyntaxError) return describeSyntaxError(error, place, sources);
  const message = `${shown} threw while it was loaded: ${error.name}: ${error.message}`;
  return new InvalidDefinitionError(message, { code: "threw_at_load", place, cause: error });
}

/** Also of another copy of this package, whose classes are not these. */
function isFromLockstep(error: Error): error is LockstepError {
  if (error instanceof LockstepError) return true;
  return error.name === "InvalidDefinitionError" && "code" in error && typeof error.code === "string";
}

function describeMissing(error: Error, path: string): LockstepError {
  const [, kind, wanted = "", from = path] =
    /Cannot find (package|module) '([^']+)'(?: imported from ([^\n]+))?/.exec(error.message) ?? [];
  const file = from.startsWith("file:") ? fileURLToPath(from) : from;
  const options = { code: "missing_import", place: { file }, cause: error };
  if (kind === "package" || !/^[./]/.test(wanted)) {
    const closest = findClosest(wanted, COMMON_PACKAGES);
    const help = closest === undefined ? `Run: npm install ${wanted}` : `Did you mean "${closest}"?`;
    return new InvalidDefinitionError(
      `${showPath(file)} imports "${wanted}", which is not installed. ${help}`,
      options,
    );
  }
  const target = wanted.startsWith(".") ? join(dirname(file), wanted) : wanted;
  const folder = dirname(target);
  const closest = existsSync(folder) ? findClosest(basename(target), readdirSync(folder)) : undefined;
  const question = closest === undefined ? "" : ` Did you mean ${showPath(join(folder, closest))}?`;
  const message = `${showPath(file)} imports ${showPath(target)}, which does not exist.${question}`;
  return new InvalidDefinitionError(message, options);
}

/** Node names the place of a TypeScript error, but not that of an ES module: then the sources are looked through for it. */
function describeSyntaxError(
  error: SyntaxError,
  place: SourcePlace,
  sources: ReadonlyMap<string, string>,
): LockstepError {
  const [message = ""] = error.message.split("\n");
  const options = { code: "syntax_error", cause: error };
  if (place.line !== undefined) return new InvalidDefinitionError(message, { ...options, place });
  for (const [file, text] of sources) {
    const found = /^\.[mc]?js$/.test(extname(file)) ? findSyntaxError(file, text) : undefined;
    if (found === undefined) continue;
    return new InvalidDefinitionError(message, { ...options, place: findPlace(found, file) });
  }
  return new InvalidDefinitionError(message, { ...options, place });
}

/** The first place in a stack that lies in a user's file; for a syntax error, the place that Node writes before its stack. */
function findPlace(error: Error, path: string): SourcePlace {
  for (const line of (error.stack ?? "").split("\n")) {
    const match = /(?:\(|at |^)((?:file:\/\/)?\/[^\s()]+?):(\d+)(?::(\d+))?\)?$/.exec(line.trim());
    const file = match?.[1]?.startsWith("file:") ? fileURLToPath(match[1]) : match?.[1];
    if (file === undefined || !isUserFile(file, path)) continue;
    const place = { file, line: Number(match?.[2]) };
    return match?.[3] === undefined ? place : { ...place, column: Number(match[3]) };
  }
  return { file: path };
}

function isUserFile(file: string, path: string): boolean {
  return file === path || (file.startsWith(dirname(path)) && !file.includes("/node_modules/"));
}
