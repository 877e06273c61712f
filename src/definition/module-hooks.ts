/**
 * The hooks through which a user's modules are found and read in this process. Owns what was seen: the sources of local
 * files, and which of them import which.
 *
 * H1: installed once, and never taken away: a task may import when it runs.
 * H2: local is a file outside `node_modules` and outside this package; only local sources are recorded.
 */

import module, {
  type LoadFnOutput,
  type LoadHookContext,
  type ResolveFnOutput,
  type ResolveHookContext,
} from "node:module";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { toModuleSource } from "./module-source.ts";
import { findOwnEntry, isOwnCode, isOwnUrl } from "./own-package.ts";
import { readDefinitionText } from "./read-definition-text.ts";
import { showPath } from "./show-path.ts";

type NextResolve = (specifier: string, context?: Partial<ResolveHookContext>) => ResolveFnOutput;
type NextLoad = (url: string, context?: Partial<LoadHookContext>) => LoadFnOutput;

/** Endings that are tried where an import finds no file; TypeScript people leave them out or write `.js` for `.ts`. */
const ENDINGS = [".ts", ".js", ".mts", ".mjs", "/index.ts", "/index.js"] as const;
const READ_BY_US = new Set([".ts", ".mts", ".cts", ".js"]);

const sources = new Map<string, string>();
const imports = new Map<string, Set<string>>();
let isInstalled = false;

/** Installs the hooks; again does nothing (H1). */
export function installModuleHooks(): void {
  if (isInstalled) return;
  isInstalled = true;
  module.registerHooks({ resolve: resolveModule, load: loadSource });
}

/** The local sources that a file was made of: itself and all that it imports, directly or not. Path → text. */
export function listLocalSources(file: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const queue = [file];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    const text = sources.get(next);
    if (text === undefined || found.has(next)) continue;
    found.set(next, text);
    queue.push(...(imports.get(next) ?? []));
  }
  return found;
}

function resolveModule(specifier: string, context: ResolveHookContext, next: NextResolve): ResolveFnOutput {
  const parent = findLocalPath(context.parentURL);
  const resolved = resolveOrFallBack(specifier, context, next, parent !== undefined);
  const target = findLocalPath(resolved.url);
  if (parent !== undefined && target !== undefined) {
    const known = imports.get(parent) ?? new Set();
    imports.set(parent, known.add(target));
  }
  return resolved;
}

function resolveOrFallBack(
  specifier: string,
  context: ResolveHookContext,
  next: NextResolve,
  isFromLocal: boolean,
): ResolveFnOutput {
  try {
    const resolved = next(specifier, context);
    const own = isOwnUrl(resolved.url) ? findOwnEntry(specifier) : undefined;
    return own === undefined ? resolved : { url: own, shortCircuit: true };
  } catch (error) {
    const found = isFromLocal ? resolveElsewhere(specifier, context, next) : undefined;
    if (found === undefined) throw error;
    return found;
  }
}

/** `lockstep` and `zod` of the running copy, or the file that a relative import means. */
function resolveElsewhere(
  specifier: string,
  context: ResolveHookContext,
  next: NextResolve,
): ResolveFnOutput | undefined {
  const own = findOwnEntry(specifier);
  if (own !== undefined) return { url: own, shortCircuit: true };
  if (specifier === "zod" || specifier.startsWith("zod/")) {
    return tryResolve(() => next(specifier, { ...context, parentURL: import.meta.url }));
  }
  if (!/^\.{0,2}\//.test(specifier)) return undefined;
  const bare = specifier.replace(/\.([mc]?)js$/, "");
  const endings = bare === specifier ? ENDINGS : [specifier.slice(bare.length).replace("js", "ts")];
  for (const ending of endings) {
    const found = tryResolve(() => next(bare + ending, context));
    if (found !== undefined) return found;
  }
  return undefined;
}

function tryResolve(resolve: () => ResolveFnOutput): ResolveFnOutput | undefined {
  try {
    return resolve();
  } catch {
    // The first error, of the specifier as it was written, is the one to tell.
    return undefined;
  }
}

function loadSource(url: string, context: LoadHookContext, next: NextLoad): LoadFnOutput {
  const path = findLocalPath(url);
  if (path === undefined) return next(url, context);
  const text = readDefinitionText(path, showPath(path));
  sources.set(path, text);
  if (!READ_BY_US.has(extname(path))) return next(url, context);
  const { format } = context;
  const declared = format?.startsWith("module") ? "module" : format?.startsWith("commonjs") ? "commonjs" : undefined;
  const made = toModuleSource(path, text, declared);
  // Plain CommonJS is left to Node, whose own loader gives it `require` in full.
  if (made.format === "commonjs" && made.source === text) return next(url, context);
  return { format: made.format, source: made.source, shortCircuit: true };
}

function findLocalPath(url: string | undefined): string | undefined {
  if (url === undefined || !url.startsWith("file:") || url.includes("/node_modules/")) return undefined;
  const path = fileURLToPath(url);
  return isOwnCode(path) ? undefined : path;
}
