import { dirname } from "node:path";
import type { WorkflowSpec } from "../core/workflow-spec.ts";
import type { DefinitionValue } from "../engine/definition-value.ts";
import type { LoadWarning } from "../runners/describe-module.ts";
import type { CommandContext } from "./command-context.ts";
import { findWorkflowFile, type WorkflowFile } from "./find-workflow-file.ts";
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

/** Reads the workflow that a person named. Throws what is wrong with it, with its place. */
export async function loadWorkflow(
  context: CommandContext,
  host: WorkflowHost,
  reference: string,
): Promise<LoadedWorkflow> {
  return await loadWorkflowFile(host, await findWorkflowFile(context, reference));
}

export async function loadWorkflowFile(
  host: WorkflowHost,
  { file, exportName }: WorkflowFile,
): Promise<LoadedWorkflow> {
  const { specJson, definitionHash, codeHash, warnings, ...found } = await host.describe(file, exportName);
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
