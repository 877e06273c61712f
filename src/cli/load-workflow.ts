import { dirname } from "node:path";
import type { WorkflowSpec } from "../core/workflow-spec.ts";
import type { DefinitionValue } from "../engine/definition-value.ts";
import type { LoadWarning, ModuleDescription } from "../runners/describe-module.ts";
import type { CommandContext } from "./command-context.ts";
import { findWorkflowFile, type WorkflowFile } from "./find-workflow-file.ts";
import { dropChildWarnings, loadNamedChildren } from "./load-named-children.ts";
import type { WorkflowHost } from "./workflow-host.ts";

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
  readonly warnings: readonly LoadWarning[];
}

/**
 * Reads the workflow that a person named. Throws what is wrong with it, with its place.
 * @param mayMissChildren true: child workflows that are not found here are left to the engine that will run it
 */
export async function loadWorkflow(
  context: CommandContext,
  host: WorkflowHost,
  reference: string,
  mayMissChildren = false,
): Promise<LoadedWorkflow> {
  const { file, exportName } = await findWorkflowFile(context, reference);
  const description = await host.describe(file, exportName);
  const missing = await loadNamedChildren(context, host, description);
  if (missing[0] !== undefined && !mayMissChildren) throw missing[0].error;
  const warnings = missing.length === 0 ? dropChildWarnings(description.warnings) : description.warnings;
  return toLoaded({ ...description, warnings });
}

/** One file alone: child workflows that it only names are not looked for. */
export async function loadWorkflowFile(
  host: WorkflowHost,
  { file, exportName }: WorkflowFile,
): Promise<LoadedWorkflow> {
  return toLoaded(await host.describe(file, exportName));
}

function toLoaded({ file, specJson, definitionHash, codeHash, warnings, ...found }: ModuleDescription): LoadedWorkflow {
  const spec: WorkflowSpec = JSON.parse(specJson);
  const definition = { hash: definitionHash, specJson, spec };
  return { definition, spec, codeHash, file, folder: dirname(file), exportName: found.exportName, warnings };
}

/** Gives a host for as long as `use` takes. `config`: null for one without a config, whatever lies in the folder. */
export async function withWorkflowHost<Result>(
  context: CommandContext,
  use: (host: WorkflowHost) => Promise<Result>,
  config?: null,
): Promise<Result> {
  const { createWorkflowHost } = await import("./workflow-host.ts");
  const host = createWorkflowHost(context, config);
  try {
    return await use(host);
  } finally {
    await host.close();
  }
}
