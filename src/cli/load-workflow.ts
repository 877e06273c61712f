import { readFileSync } from "node:fs";
import { dirname, extname, isAbsolute, relative } from "node:path";
import type { WorkflowSpec } from "../core/workflow-spec.ts";
import type { WorkflowProgram } from "../definition/program.ts";
import type { Problem } from "../definition/yaml/problems.ts";
import { createDefinitionValue, type DefinitionValue } from "../engine/definition-value.ts";
import type { CommandContext } from "./command-context.ts";
import { findWorkflowFile, type WorkflowFile, YAML_ENDINGS } from "./find-workflow-file.ts";

/** A workflow that was read from a file. */
export interface LoadedWorkflow {
  readonly definition: DefinitionValue;
  readonly spec: WorkflowSpec;
  readonly codeHash: string;
  /** Absolute. */
  readonly file: string;
  readonly exportName: string | undefined;
  /** Where its commands run. */
  readonly folder: string;
  /** What works and may surprise. */
  readonly warnings: readonly Problem[];
  readonly program: WorkflowProgram;
}

/** Reads the workflow that a person named. Throws what is wrong with it, with its place. */
export async function loadWorkflow(context: CommandContext, reference: string): Promise<LoadedWorkflow> {
  return await loadWorkflowFile(context, findWorkflowFile(context, reference));
}

export async function loadWorkflowFile(
  { cwd }: CommandContext,
  { file, exportName }: WorkflowFile,
): Promise<LoadedWorkflow> {
  const isYaml = YAML_ENDINGS.some((ending) => ending === extname(file));
  const loaded = isYaml ? await readYaml(cwd, file) : await readModule(file, exportName);
  const definition = createDefinitionValue(loaded.program.spec);
  return { ...loaded, definition, spec: definition.spec, file, folder: dirname(file) };
}

type Loaded = Pick<LoadedWorkflow, "program" | "codeHash" | "exportName" | "warnings">;

async function readYaml(cwd: string, file: string): Promise<Loaded> {
  const { loadYaml } = await import("../definition/yaml/parse-file.ts");
  const fromHere = relative(cwd, file);
  const shown = fromHere.startsWith("..") || isAbsolute(fromHere) ? file : fromHere;
  return { ...loadYaml(readFileSync(file, "utf8"), shown), exportName: undefined };
}

async function readModule(file: string, wanted: string | undefined): Promise<Loaded> {
  const { chooseWorkflow, loadModule } = await import("../definition/load-module.ts");
  const { toProgram } = await import("../definition/workflow-mark.ts");
  const loaded = await loadModule(file, wanted);
  const { name, workflow } = chooseWorkflow(loaded, wanted);
  return { program: toProgram(workflow), codeHash: loaded.codeHash, exportName: name, warnings: [] };
}
