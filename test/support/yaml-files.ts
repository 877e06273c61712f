import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DecideContext, TaskProgram, WorkflowProgram } from "../../src/definition/program.ts";
import { type LoadedYaml, loadYaml } from "../../src/definition/yaml/parse-file.ts";
import { formatProblem, InvalidYamlError } from "../../src/definition/yaml/problems.ts";

/** Loads the text of a file that need not be there. */
export function loadText(text: string, file = "backup.yaml"): LoadedYaml {
  return loadYaml(text, file);
}

/** All mistakes of a text as people read them; an empty list where there is none. */
export function listMistakes(text: string, file = "backup.yaml"): string[] {
  try {
    loadYaml(text, file);
    return [];
  } catch (error) {
    if (!(error instanceof InvalidYamlError)) throw error;
    return error.problems.map(formatProblem);
  }
}

/** Runs `use` with a new folder that holds these files, and removes it. */
export function withFiles<T>(files: Readonly<Record<string, string>>, use: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), "lockstep-yaml-"));
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export function findTask(program: WorkflowProgram, id: string): TaskProgram {
  const task = program.tasks[program.spec.tasks.findIndex((each) => each.id === id)];
  if (task === undefined) throw new Error(`no task ${id}`);
  return task;
}

export function createContext(own: Partial<DecideContext> = {}): DecideContext {
  return {
    input: {},
    needs: {},
    run: { id: "7", uid: "u7", workflow: "backup", task: "t", labels: { team: "ops" } },
    attempt: 2,
    idempotencyKey: "u7:0:-:0",
    scheduledAt: "2026-03-29T02:30:00.000+02:00",
    ...own,
  };
}
