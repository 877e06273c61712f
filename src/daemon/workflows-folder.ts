/**
 * The workflows of a folder, as they are loaded now.
 *
 * Owns: what was loaded of each file, and when the file last changed. Owns not: loading (the source), rows (onLoaded,
 * onBroken, which hear of each change once).
 *
 * W1 A file is read once it has been quiet for QUIET_MS; while it is broken, its last good workflows stay.
 */
import { readdirSync, statSync } from "node:fs";
import { extname, join } from "node:path";
import type { ModuleDescription } from "../runners/describe-module.ts";

const QUIET_MS = 200;
const ENDINGS = new Set([".ts", ".mts", ".js", ".mjs", ".yaml", ".yml"]);
/** Writable by the file's group, or by everybody. */
const OTHERS_MAY_WRITE = 0o022;

export interface FolderOptions {
  readonly folder: string;
  readonly now: () => number;
  /** Whether a module is one of workflows: others are parts of them, or scripts that loading would run. */
  readonly mayHoldWorkflow: (file: string) => boolean;
  readonly describe: (file: string) => Promise<ModuleDescription>;
  readonly onLoaded: (description: ModuleDescription) => Promise<void>;
  readonly onBroken: (file: string, error: Error) => Promise<void>;
  readonly onGone: (file: string) => Promise<void>;
}

export class WorkflowsFolder {
  readonly #options: FolderOptions;
  readonly #seen = new Map<string, string>();

  constructor(options: FolderOptions) {
    this.#options = options;
  }

  /** Looks at all files, and loads those that are new or have changed. */
  async look(isFirst = false): Promise<void> {
    const { folder, now, onGone } = this.#options;
    const files = listFiles(folder);
    for (const file of files) {
      const found = statSync(file, { throwIfNoEntry: false });
      const stamp = `${found?.ino}:${found?.mtimeMs}:${found?.size}:${found?.mode}`;
      if (found === undefined || this.#seen.get(file) === stamp) continue;
      if (!isFirst && Math.abs(now() - found.mtimeMs) < QUIET_MS) continue; // W1
      this.#seen.set(file, stamp);
      await this.#load(file, found.mode);
    }
    for (const file of [...this.#seen.keys()].filter((each) => !files.includes(each))) {
      this.#seen.delete(file);
      await onGone(file);
    }
  }

  async #load(file: string, mode: number): Promise<void> {
    const { mayHoldWorkflow, describe, onLoaded, onBroken } = this.#options;
    try {
      if ((mode & OTHERS_MAY_WRITE) !== 0) throw new Error(`${file} may be written by others. Run: chmod go-w ${file}`);
      if (mayHoldWorkflow(file)) await onLoaded(await describe(file));
    } catch (error) {
      await onBroken(file, error as Error); // W1
    }
  }
}

function listFiles(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => ENDINGS.has(extname(name)) && !name.endsWith(".d.ts") && !name.startsWith("."))
    .sort()
    .map((name) => join(folder, name));
}
