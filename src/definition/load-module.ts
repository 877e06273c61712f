/** Loads a user's TypeScript or JavaScript file. Runs where user code may run: in worker processes and in libraries. */

import { existsSync, readdirSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { findClosest } from "../core/did-you-mean.ts";
import { InvalidDefinitionError, NotFoundError } from "../core/errors.ts";
import { hashSources } from "./module-code-hash.ts";
import { describeLoadError } from "./module-errors.ts";
import { installModuleHooks, listLocalSources } from "./module-hooks.ts";
import { showPath } from "./show-path.ts";
import type { Workflow } from "./workflow-builder.ts";
import { isWorkflow } from "./workflow-mark.ts";

/** A user's module, loaded. */
export interface LoadedModule {
  /** Absolute, symbolic links followed. */
  readonly file: string;
  /** The file as messages name it. */
  readonly shown: string;
  /** Export name → workflow; one that is exported under two names is here once, as `default` if that is one of them. */
  readonly workflows: ReadonlyMap<string, Workflow>;
  /** The names of all exports. */
  readonly exports: readonly string[];
  readonly codeHash: string;
  /** The local files it was made of, absolute. */
  readonly files: readonly string[];
}

/**
 * Imports a file and finds the workflows that it exports. With `exportName` only that one.
 * @throws {NotFoundError} where the file does not exist.
 * @throws {InvalidDefinitionError} where it cannot be read, throws, or exports no workflow (of that name).
 */
export async function loadModule(file: string, exportName?: string): Promise<LoadedModule> {
  const path = findFile(file);
  const shown = showPath(path);
  installModuleHooks();
  const namespace = await importFile(path);
  const exported = inWrittenOrder(listExports(namespace), listLocalSources(path).get(path) ?? "");
  const workflows = collectWorkflows(exported);
  const sources = listLocalSources(path);
  const loaded: LoadedModule = {
    file: path,
    shown,
    workflows,
    exports: [...exported.keys()],
    codeHash: hashSources(path, sources),
    files: [...sources.keys()],
  };
  if (workflows.size === 0) throw createNoWorkflowError(loaded);
  if (exportName === undefined) return loaded;
  const { name, workflow } = chooseWorkflow(loaded, exportName);
  return { ...loaded, workflows: new Map([[name, workflow]]) };
}

/**
 * The workflow that is meant: of the export `name` (or with that name of its own), else the only one, else the default export.
 * @throws {InvalidDefinitionError} where none or several fit.
 */
export function chooseWorkflow(
  loaded: LoadedModule,
  name?: string,
): { readonly name: string; readonly workflow: Workflow } {
  const entries = [...loaded.workflows];
  const fits = (entry: readonly [string, Workflow]) => entry[0] === name || entry[1].name === name;
  const chosen =
    name === undefined
      ? entries.length === 1
        ? entries[0]
        : entries.find(([exportName]) => exportName === "default")
      : (entries.find(([exportName]) => exportName === name) ?? entries.find(fits));
  if (chosen !== undefined) return { name: chosen[0], workflow: chosen[1] };
  throw name === undefined ? createSeveralError(loaded) : createUnknownExportError(loaded, name);
}

function findFile(file: string): string {
  const path = resolve(file);
  if (existsSync(path) && statSync(path).isFile()) return realpathSync(path);
  const folder = dirname(path);
  const shown = showPath(path);
  if (existsSync(path)) throw new NotFoundError(`${shown} is a folder, not a file. Name the file in it.`);
  const closest = existsSync(folder) ? findClosest(basename(path), readdirSync(folder)) : undefined;
  const question = closest === undefined ? "" : ` Did you mean "${join(dirname(shown), closest)}"?`;
  throw new NotFoundError(`No file ${shown}.${question} (looked in ${folder})`);
}

async function importFile(path: string): Promise<object> {
  try {
    return (await import(pathToFileURL(path).href)) as object;
  } catch (error) {
    throw describeLoadError(error, path, listLocalSources(path));
  }
}

/** The exports by name. What CommonJS exports as a whole, and what a transpiler put under `default`, is opened. */
function listExports(namespace: object): ReadonlyMap<string, unknown> {
  const exported = new Map(
    Object.entries(namespace).filter(([name]) => name !== "module.exports" && name !== "__esModule"),
  );
  const whole = exported.get("default");
  if (typeof whole !== "object" || whole === null || isWorkflow(whole)) return exported;
  if ("__esModule" in whole || "module.exports" in namespace) {
    exported.delete("default");
    for (const [name, value] of Object.entries(whole)) if (name !== "__esModule") exported.set(name, value);
  }
  return exported;
}

/** A module's names come sorted; people look for them in the order in which they wrote them. */
function inWrittenOrder(exported: ReadonlyMap<string, unknown>, text: string): ReadonlyMap<string, unknown> {
  const placeOf = (name: string): number => {
    const written = new RegExp(`\\bexports?\\b[^;]*?(?<![\\w$])${name.replaceAll("$", "\\$")}(?![\\w$])`).exec(text);
    return written === null ? text.length : written.index + written[0].length;
  };
  const placed = Array.from(exported, ([name, value]) => ({ name, value, place: placeOf(name) }));
  placed.sort((one, other) => one.place - other.place);
  return new Map(placed.map(({ name, value }) => [name, value]));
}

function collectWorkflows(exported: ReadonlyMap<string, unknown>): ReadonlyMap<string, Workflow> {
  const byName = new Map<string, Workflow>();
  for (const [name, value] of exported) if (isWorkflow(value)) byName.set(name, value);
  const main = byName.get("default");
  const seen = new Set<Workflow>();
  for (const [name, workflow] of byName) {
    if (name !== "default" && (workflow === main || seen.has(workflow))) byName.delete(name);
    seen.add(workflow);
  }
  return byName;
}

function createNoWorkflowError({ shown, exports }: LoadedModule): InvalidDefinitionError {
  const found = exports.length === 0 ? "none" : exports.join(", ");
  return new InvalidDefinitionError(
    `${shown} exports no workflow. Expected: export default workflow("name", …). Found exports: ${found}`,
    { code: "no_workflow" },
  );
}

function createSeveralError({ shown, workflows }: LoadedModule): InvalidDefinitionError {
  const names = [...workflows.keys()];
  return new InvalidDefinitionError(
    `${shown} exports ${names.length} workflows (${names.join(", ")}). Choose one: lockstep run ${shown}#${names[0]}`,
    { code: "several_workflows" },
  );
}

function createUnknownExportError({ shown, workflows }: LoadedModule, name: string): InvalidDefinitionError {
  const names = [...workflows.keys()];
  const closest = findClosest(name, names);
  const question = closest === undefined ? "" : ` Did you mean ${shown}#${closest}?`;
  return new InvalidDefinitionError(
    `${shown} exports no workflow "${name}". It exports: ${names.join(", ")}.${question}`,
    { code: "unknown_export" },
  );
}
