import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { findClosest } from "../core/did-you-mean.ts";
import { InvalidDefinitionError } from "../core/errors.ts";
import type { LoadWarning, ModuleDescription } from "../runners/describe-module.ts";
import { listHeldWorkflows, listNamedChildren } from "../runners/named-children.ts";
import type { CommandContext } from "./command-context.ts";
import { findWorkflowsFolder, listWorkflowFiles, toName, WORKFLOW_ENDINGS } from "./find-workflow-file.ts";
import type { WorkflowHost } from "./workflow-host.ts";

/** What a file leaves to others, and is not found. */
export interface MissingChild {
  readonly name: string;
  readonly error: InvalidDefinitionError;
}

/**
 * Loads the workflows that child tasks of a file name and that the file does not hold: beside it, or in the workflows
 * folder; and what those name. Afterwards the host finds them by their names.
 */
export async function loadNamedChildren(
  context: CommandContext,
  host: WorkflowHost,
  description: ModuleDescription,
): Promise<MissingChild[]> {
  const missing: MissingChild[] = [];
  const known = new Set(listHeldWorkflows(description));
  const due: ModuleDescription[] = [description];
  for (let each = due.pop(); each !== undefined; each = due.pop()) {
    for (const name of listNamedChildren(each)) {
      if (known.has(name)) continue;
      known.add(name);
      const found = await findChild(context, host, each, name);
      if ("error" in found) missing.push(found);
      else due.push(found);
    }
  }
  return missing;
}

async function findChild(
  context: CommandContext,
  host: WorkflowHost,
  parent: ModuleDescription,
  name: string,
): Promise<ModuleDescription | MissingChild> {
  const beside = dirname(parent.file);
  const folder = await findWorkflowsFolder(context);
  const file = [beside, folder]
    .flatMap((each) => WORKFLOW_ENDINGS.map((ending) => join(each, `${name}${ending}`)))
    .find((path) => existsSync(path));
  const place = parent.warnings.find((warning) => warning.child === name)?.place;
  const refuse = (why: string): MissingChild => ({
    name,
    error: new InvalidDefinitionError(why, { code: "child_missing", ...(place === undefined ? {} : { place }) }),
  });
  if (file === undefined) return refuse(describeMissing(name, [beside, folder]));
  const description = await host.describe(file, null);
  if (description.workflows.some((each) => each.name === name)) return description;
  return refuse(
    `workflow: ${file} holds no workflow named "${name}", but ${description.workflows.map((each) => `"${each.name}"`).join(", ")}`,
  );
}

function describeMissing(name: string, folders: readonly string[]): string {
  const meant = findClosest(name, folders.flatMap(listWorkflowFiles).map(toName));
  const question = meant === undefined ? "" : ` Did you mean "${meant}"?`;
  return `workflow: no workflow "${name}".${question} (looked beside this file and in the workflows folder)`;
}

/** What is left to say once its children were looked for. */
export function dropChildWarnings(warnings: readonly LoadWarning[]): LoadWarning[] {
  return warnings.filter((each) => each.child === undefined);
}
