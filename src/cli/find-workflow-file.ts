import { existsSync, readdirSync, statSync } from "node:fs";
import { basename, dirname, extname, isAbsolute, join, relative, resolve } from "node:path";
import { findClosest } from "../core/did-you-mean.ts";
import { InvalidDefinitionError, NotFoundError } from "../core/errors.ts";
import { CONFIG_FILE } from "../platform/paths.ts";
import type { CommandContext } from "./command-context.ts";
import { findConfig } from "./config-source.ts";
import { createUsageError } from "./read-options.ts";

/** A file that holds a workflow, and which of its exports is meant. */
export interface WorkflowFile {
  /** Absolute. */
  readonly file: string;
  readonly exportName: string | undefined;
}

export const YAML_ENDINGS = [".yaml", ".yml"] as const;
export const WORKFLOW_ENDINGS: readonly string[] = [...YAML_ENDINGS, ".ts", ".mts", ".cts", ".js", ".mjs", ".cjs"];
const FOLDER_DEFAULT = "workflows";

/**
 * Finds what people mean by a workflow: a file, `FILE#name`, or the name of a workflow in the workflows folder. A file
 * that is there goes first: `#` may stand in the name of a folder, too.
 * @throws {NotFoundError} with the closest name and where it was looked for
 */
export async function findWorkflowFile(context: CommandContext, reference: string): Promise<WorkflowFile> {
  const whole = resolve(context.cwd, reference);
  if (isPath(reference) && isFile(whole)) return { file: requireEnding(whole, reference), exportName: undefined };
  const hash = reference.lastIndexOf("#");
  const path = hash > 0 ? reference.slice(0, hash) : reference;
  const exportName = hash > 0 ? reference.slice(hash + 1) : undefined;
  if (path === "") throw createUsageError("expected a file or the name of a workflow, found an empty text");
  const file = resolve(context.cwd, path);
  if (isPath(path)) {
    if (isFile(file)) return { file: requireEnding(file, path), exportName };
    throw createNoFileError(context, path, file, await findWorkflowsFolder(context));
  }
  const folder = await findWorkflowsFolder(context);
  const found = listWorkflowFiles(folder).find((each) => toName(each) === path);
  if (found !== undefined) return { file: found, exportName };
  if (isFile(file)) return { file: requireEnding(file, path), exportName };
  if (existsSync(file)) throw createNoFileError(context, path, file, folder);
  throw createNoNameError(context, path, folder);
}

/** The workflows folder: of the config, else `workflows/` here. */
export async function findWorkflowsFolder({ cwd }: CommandContext): Promise<string> {
  const found = await findConfig(cwd);
  const workflows = found?.config.workflows;
  return found === undefined || workflows === undefined
    ? join(cwd, FOLDER_DEFAULT)
    : resolve(dirname(found.path), workflows);
}

/** The files of a folder that may hold workflows, by name. Empty where there is no such folder. */
export function listWorkflowFiles(folder: string): string[] {
  if (!existsSync(folder) || !statSync(folder).isDirectory()) return [];
  return readdirSync(folder)
    .filter((name) => WORKFLOW_ENDINGS.includes(extname(name)) && !name.endsWith(".d.ts") && !name.startsWith("."))
    .filter((name) => name !== CONFIG_FILE)
    .sort()
    .map((name) => join(folder, name));
}

/** The name under which a file of the folder is called: without its ending. */
export function toName(file: string): string {
  return basename(file, extname(file));
}

function isPath(text: string): boolean {
  return text.includes("/") || WORKFLOW_ENDINGS.includes(extname(text));
}

/** A text or a script would be loaded as JavaScript, and fail in words that explain nothing. */
function requireEnding(file: string, path: string): string {
  if (WORKFLOW_ENDINGS.includes(extname(file))) return file;
  throw new InvalidDefinitionError(
    `${path} is no workflow file: expected a name that ends in ${WORKFLOW_ENDINGS.join(", ")}. Nothing was started.`,
  );
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

/** @param workflows the workflows folder: what lies there is called by its name, or by its whole path */
function createNoFileError({ cwd }: CommandContext, path: string, file: string, workflows: string): NotFoundError {
  const folder = dirname(file);
  if (existsSync(file)) return new NotFoundError(`${path} is a folder, not a file. Name a file in it.`);
  const meant = findClosest(
    basename(file),
    listWorkflowFiles(folder).map((each) => basename(each)),
  );
  const near = meant === undefined ? undefined : join(dirname(path), meant);
  const suggested = near ?? (isFile(join(workflows, path)) ? toName(path) : undefined);
  const question = suggested === undefined ? "" : ` Did you mean "${suggested}"?`;
  return new NotFoundError(`No file ${path}.${question} (looked in ${folder === cwd ? cwd : showFolder(cwd, folder)})`);
}

/** `No workflow "bakcup". Did you mean "backup"? (looked in workflows/; a file needs its path: ./bakcup.yaml)` */
function createNoNameError({ cwd }: CommandContext, name: string, folder: string): NotFoundError {
  const meant = findClosest(name, listWorkflowFiles(folder).map(toName));
  const question = meant === undefined ? "" : ` Did you mean "${meant}"?`;
  const file = extname(name) === "" ? `./${name}.yaml` : `./${name}`;
  const looked = `looked in ${showFolder(cwd, folder)}; a file needs its path: ${file}`;
  return new NotFoundError(`No workflow "${name}".${question} (${looked})`);
}

function showFolder(cwd: string, folder: string): string {
  const fromHere = relative(cwd, folder);
  const isBelow = fromHere !== "" && !fromHere.startsWith("..") && !isAbsolute(fromHere);
  return `${isBelow ? fromHere : folder}/`;
}
