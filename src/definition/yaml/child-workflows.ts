import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { InvalidDefinitionError } from "../../core/errors.ts";
import { WORKFLOW_NAME } from "../../core/workflow-spec.ts";
import type { WorkflowProgram } from "../program.ts";
import { describeFound } from "./describe-found.ts";
import type { LoadContext } from "./load-context.ts";
import { InvalidYamlError } from "./problems.ts";
import type { TaskSource } from "./task-source.ts";
import type { YamlPath } from "./yaml-document.ts";

/**
 * Finds the child of a `workflow` task, by file or by name, and adds it to `children`. A name that no YAML file beside
 * this one has is left to who runs it. Returns the child's name.
 */
export function readChild(
  load: LoadContext,
  source: TaskSource,
  children: Map<string, WorkflowProgram>,
): string | undefined {
  const written = source.definition.workflow ?? "";
  const path = source.pathOf("workflow");
  const { name, file } = typeof written === "string" ? readReference(written) : written;
  if ((name === undefined) === (file === undefined)) {
    load.report(path, "workflow: expected either name or file, and input beside it");
    return undefined;
  }
  if (file !== undefined) return readFile(load, resolve(load.folder, file), path, children);
  return readName(load, name ?? "", path, children);
}

function readReference(written: string): { name: string | undefined; file: string | undefined } {
  const isFile = /[/\\]|\.ya?ml$/.test(written);
  return isFile ? { name: undefined, file: written } : { name: written, file: undefined };
}

function readName(
  load: LoadContext,
  name: string,
  path: YamlPath,
  children: Map<string, WorkflowProgram>,
): string | undefined {
  if (!WORKFLOW_NAME.test(name)) {
    load.report(path, `workflow: expected the name of a workflow or a YAML file, found ${describeFound(name)}`);
    return undefined;
  }
  const beside = [`${name}.yaml`, `${name}.yml`]
    .map((each) => join(load.folder, each))
    .find((each) => existsSync(each));
  if (beside !== undefined) return readFile(load, beside, path, children);
  load.warn(
    path,
    `workflow: no ${name}.yaml lies beside this file; an engine must know "${name}" when the task starts`,
    name,
  );
  return name;
}

function readFile(
  load: LoadContext,
  file: string,
  path: YamlPath,
  children: Map<string, WorkflowProgram>,
): string | undefined {
  if (!/\.ya?ml$/.test(file)) {
    load.report(path, "workflow: expected a YAML file. A workflow in TypeScript is named by its name");
    return undefined;
  }
  try {
    const program = load.hooks.loadChild(file, load.showPath(file));
    const other = children.get(program.spec.name)?.source?.file;
    if (other !== undefined && other !== program.source?.file) {
      load.report(path, `workflow: ${load.showPath(other)} is a child named "${program.spec.name}", too. Rename one`);
    }
    children.set(program.spec.name, program);
    return program.spec.name;
  } catch (error) {
    if (error instanceof InvalidYamlError) load.problems.push(...error.problems);
    else if (error instanceof InvalidDefinitionError) load.report(path, `workflow: ${error.message}`);
    else {
      const code = error instanceof Error && "code" in error ? ` (${String(error.code)})` : "";
      load.report(path, `workflow: cannot read ${load.showPath(file)}${code}`);
    }
    return undefined;
  }
}
