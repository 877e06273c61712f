/** Loads workflow files and says what is in them. Imports users' code: it runs in worker processes and in libraries. */
import { extname, isAbsolute, relative } from "node:path";
import { InvalidDefinitionError } from "../core/errors.ts";
import type { ChildWorkflow } from "../core/outcome.ts";
import type { ConfigSource } from "../definition/config/config.ts";
import type { ReadConfig } from "../definition/config/read-config.ts";
import type { WorkflowProgram } from "../definition/program.ts";
import { readDefinitionText } from "../definition/read-definition-text.ts";
import type { Workflow } from "../definition/workflow-builder.ts";
import { describeProgram } from "./prepare-child.ts";

/** Where a program comes from. */
export interface WorkflowModule {
  /** Absolute. */
  readonly file: string;
  /** Absent: the only or default one. */
  readonly exportName?: string;
  readonly codeHash: string;
}

/** A file as plain values. */
export interface ModuleDescription extends DescribedWorkflow {
  readonly file: string;
  readonly codeHash: string;
  /** The local files that it was made of, itself among them; absolute. A change in one changes what runs. */
  readonly files: readonly string[];
  /** All workflows of the file. */
  readonly workflows: readonly DescribedWorkflow[];
  /** What works and may surprise, as texts with their places. */
  readonly warnings: readonly LoadWarning[];
}

export interface LoadWarning {
  readonly message: string;
  /** Of a child workflow that the file only names: its name. */
  readonly child?: string;
  readonly place?: { readonly file: string; readonly line?: number; readonly column?: number };
}

export interface DescribedWorkflow {
  readonly name: string;
  /** Undefined in a YAML file. */
  readonly exportName?: string;
  /** Canonical. */
  readonly specJson: string;
  readonly definitionHash: string;
  /** The workflows that it starts, and those that they start. */
  readonly children: readonly ChildWorkflow[];
}

export interface LoadedFile {
  readonly description: ModuleDescription;
  /** All programs in it, children too, by their definition's hash. */
  readonly programs: ReadonlyMap<string, WorkflowProgram>;
}

interface Parts {
  readonly entries: readonly { readonly exportName: string | undefined; readonly program: WorkflowProgram }[];
  readonly main: WorkflowProgram;
  readonly codeHash: string;
  readonly files: readonly string[];
  readonly warnings: readonly LoadWarning[];
}

/**
 * @param exportName undefined: the only or the default workflow; null: any will do, the caller wants them all.
 * @param config whose `env` and `defaults` lie beneath those of the file
 * @throws {InvalidDefinitionError | NotFoundError} with the place
 */
export async function loadWorkflowModule(
  file: string,
  exportName?: string | null,
  config?: ConfigSource,
): Promise<LoadedFile> {
  const isYaml = /^\.ya?ml$/.test(extname(file));
  const parts = isYaml ? await loadYamlParts(file, config) : await loadModuleParts(file, exportName, config);
  const programs = new Map<string, WorkflowProgram>();
  const workflows = parts.entries.map((entry) => describe(entry.program, entry.exportName, programs));
  const main = workflows[parts.entries.findIndex(({ program }) => program === parts.main)];
  if (main === undefined) throw new InvalidDefinitionError(`${file} exports no workflow`);
  const { codeHash, files, warnings } = parts;
  const description = { ...main, file, codeHash, files, workflows, warnings };
  return { description, programs };
}

async function loadYamlParts(file: string, config: ConfigSource | undefined): Promise<Parts> {
  const { loadYaml } = await import("../definition/yaml/parse-file.ts");
  const fromHere = relative(process.cwd(), file);
  const shown = fromHere.startsWith("..") || isAbsolute(fromHere) ? file : fromHere;
  const loaded = loadYaml(readDefinitionText(file, shown), shown, await readSource(config));
  const { program, codeHash, files, warnings } = loaded;
  return { entries: [{ exportName: undefined, program }], main: program, codeHash, files, warnings };
}

async function readSource(config: ConfigSource | undefined): Promise<ReadConfig | undefined> {
  return config && (await import("../definition/config/read-config.ts")).readConfig(config);
}

async function loadModuleParts(
  file: string,
  wanted: string | null | undefined,
  config: ConfigSource | undefined,
): Promise<Parts> {
  const { chooseWorkflow, loadModule } = await import("../definition/load-module.ts");
  const { toProgram } = await import("../definition/workflow-mark.ts");
  const loaded = await loadModule(file);
  const first = wanted === null ? [...loaded.workflows.values()][0] : undefined;
  const { workflow } = first === undefined ? chooseWorkflow(loaded, wanted ?? undefined) : { workflow: first };
  const read = await readSource(config);
  const ofConfig = read && (await import("../definition/config/program-config.ts")).createModuleConfig(read);
  const make = (each: Workflow): WorkflowProgram => ofConfig?.apply(toProgram(each)) ?? toProgram(each);
  const entries = [...loaded.workflows].map(([exportName, each]) => ({ exportName, program: make(each) }));
  const codeHash = ofConfig?.hashCode(loaded.codeHash) ?? loaded.codeHash;
  return { entries, main: make(workflow), codeHash, files: loaded.files, warnings: [] };
}

function describe(
  program: WorkflowProgram,
  exportName: string | undefined,
  programs: Map<string, WorkflowProgram>,
): DescribedWorkflow {
  const children = new Map<string, ChildWorkflow>();
  collectChildren(program, programs, children);
  const { name, specJson, definitionHash } = describeProgram(program);
  programs.set(definitionHash, program);
  return {
    name,
    specJson,
    definitionHash,
    ...(exportName === undefined ? {} : { exportName }),
    children: [...children.values()],
  };
}

function collectChildren(
  program: WorkflowProgram,
  programs: Map<string, WorkflowProgram>,
  found: Map<string, ChildWorkflow>,
): void {
  for (const child of program.children?.values() ?? []) {
    const described = describeProgram(child);
    if (found.has(described.definitionHash)) continue;
    found.set(described.definitionHash, described);
    programs.set(described.definitionHash, child);
    collectChildren(child, programs, found);
  }
}
