/**
 * The workflows of a folder, as they are loaded now.
 *
 * Owns: what was loaded of each file, what it was made of, and when that last changed. Owns not: loading (the source),
 * rows (onLoaded, onBroken, onGone, which hear of each change once).
 *
 * W1 A file is read once it, and what it imports, have been quiet for QUIET_MS; while it is broken, its last good
 *    workflows stay.
 *    A broken one is tried again after RETRY_MS: what failed may have been this machine, and not the file.
 * W2 A file is gone when two looks in a row have missed it: editors replace files.
 */
import { readdirSync, type Stats, statSync } from "node:fs";
import { extname, join } from "node:path";
import { InvalidDefinitionError, LockstepError } from "../core/errors.ts";
import type { ModuleDescription } from "../runners/describe-module.ts";
import { describeOpenToOthers, findOpenToOthers } from "./open-to-others.ts";

const QUIET_MS = 200;
const RETRY_MS = 5 * 60_000;
const ENDINGS = new Set([".ts", ".mts", ".cts", ".js", ".mjs", ".cjs", ".yaml", ".yml"]);
const CONFIG_FILE = "lockstep.config.yaml";

export interface FolderOptions {
  readonly folder: string;
  readonly now: () => number;
  /** Whether a module is one of workflows: others are parts of them, or scripts that loading would run. */
  readonly mayHoldWorkflow: (file: string) => boolean;
  readonly describe: (file: string) => Promise<ModuleDescription>;
  /** May refuse with an `InvalidDefinitionError`: the file is then broken. */
  readonly onLoaded: (description: ModuleDescription) => Promise<void>;
  readonly onBroken: (file: string, error: Error) => Promise<void>;
  readonly onGone: (file: string) => Promise<void>;
}

interface SeenFile {
  /** What it was made of when it was loaded, and what may mend it where it is broken. */
  readonly parts: readonly string[];
  readonly stamp: string;
  /** Of a broken one. */
  readonly retryAt?: number;
}

export class WorkflowsFolder {
  readonly #options: FolderOptions;
  readonly #seen = new Map<string, SeenFile>();
  readonly #missed = new Set<string>();

  constructor(options: FolderOptions) {
    this.#options = options;
  }

  /** Looks at all files, and loads those that are new or have changed. A folder that is gone changes nothing. */
  async look(isFirst = false): Promise<void> {
    const files = listFiles(this.#options.folder);
    if (files === undefined) return;
    await this.#noteGone(files);
    for (const file of files) {
      const { parts = [file], stamp, retryAt = Number.POSITIVE_INFINITY } = this.#seen.get(file) ?? {};
      const stats = parts.map(findStats);
      const isSame = stamp === toStamp(stats) && this.#options.now() < retryAt;
      if (isSame || stats[0] === undefined) continue;
      if (!isFirst && stats.some((each) => this.#isFresh(each))) continue; // W1
      await this.#load(file, files);
    }
  }

  /** Loads a file again at the next look. */
  forget(file: string): void {
    this.#seen.delete(file);
  }

  #isFresh(found: Stats | undefined): boolean {
    return found !== undefined && Math.abs(this.#options.now() - found.mtimeMs) < QUIET_MS;
  }

  async #noteGone(files: readonly string[]): Promise<void> {
    for (const file of files) this.#missed.delete(file);
    for (const file of [...this.#seen.keys()].filter((each) => !files.includes(each))) {
      if (!this.#missed.has(file)) this.#missed.add(file);
      else {
        this.#missed.delete(file);
        await this.#options.onGone(file); // W2
        this.#seen.delete(file);
      }
    }
  }

  /** What fails in the database, and not in the file, is thrown: the file is then loaded again. */
  async #load(file: string, files: readonly string[]): Promise<void> {
    const before = toStamp([findStats(file)]);
    const known = this.#seen.get(file)?.parts ?? [];
    let parts: readonly string[];
    let retry: Pick<SeenFile, "retryAt"> = {};
    try {
      parts = await this.#describeAndTell(file);
    } catch (error) {
      if (error instanceof LockstepError && !(error instanceof InvalidDefinitionError)) throw error;
      await this.#options.onBroken(file, error as Error); // W1
      parts = [...new Set([file, ...known, ...files])];
      retry = { retryAt: this.#options.now() + RETRY_MS };
    }
    const isSame = before === toStamp([findStats(file)]);
    this.#seen.set(file, { ...retry, parts, stamp: isSame ? toStamp(parts.map(findStats)) : "changed meanwhile" });
  }

  /** @throws {InvalidDefinitionError} for whatever is wrong with the file */
  async #describeAndTell(file: string): Promise<readonly string[]> {
    refuseOpenToOthers([file]);
    const { mayHoldWorkflow, describe, onLoaded, onGone } = this.#options;
    const description = await describeOrRefuse(file, mayHoldWorkflow, describe);
    if (description === undefined) {
      await onGone(file); // it may have had workflows before
      return [file];
    }
    refuseOpenToOthers(description.files);
    await onLoaded(description);
    return [...new Set([file, ...description.files])];
  }
}

async function describeOrRefuse(
  file: string,
  mayHoldWorkflow: FolderOptions["mayHoldWorkflow"],
  describe: FolderOptions["describe"],
): Promise<ModuleDescription | undefined> {
  try {
    return mayHoldWorkflow(file) ? await describe(file) : undefined;
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    const place = cause instanceof LockstepError ? cause.place : undefined;
    const where = place?.line === undefined ? "" : `${place.line}:${place.column ?? 1}  `;
    throw new InvalidDefinitionError(`${where}${message}`, { cause });
  }
}

function refuseOpenToOthers(files: readonly string[]): void {
  for (const file of files) {
    const open = findOpenToOthers(file);
    if (open !== undefined) throw new InvalidDefinitionError(describeOpenToOthers(file, open));
  }
}

function findStats(file: string): Stats | undefined {
  return statSync(file, { throwIfNoEntry: false });
}

function toStamp(stats: readonly (Stats | undefined)[]): string {
  return stats.map((each) => `${each?.ino}:${each?.mtimeMs}:${each?.size}:${each?.mode}`).join(" ");
}

/** Undefined where there is no such folder, for now. */
function listFiles(folder: string): string[] | undefined {
  if (findStats(folder)?.isDirectory() !== true) return undefined;
  return readdirSync(folder)
    .filter((name) => ENDINGS.has(extname(name)) && !name.endsWith(".d.ts") && !name.startsWith("."))
    .filter((name) => name !== CONFIG_FILE)
    .sort()
    .map((name) => join(folder, name));
}
