import { statSync } from "node:fs";
import { extname, isAbsolute, relative, resolve } from "node:path";
import { LockstepError, NotFoundError, type SourcePlace } from "../core/errors.ts";
import type { WorkflowSpec } from "../core/workflow-spec.ts";
import type { ReadConfig } from "../definition/config/read-config.ts";
import { readDefinitionText } from "../definition/read-definition-text.ts";
import type { Problem } from "../definition/yaml/problems.ts";
import type { CommandContext } from "./command-context.ts";
import { findWorkflowFile, findWorkflowsFolder, listWorkflowFiles, YAML_ENDINGS } from "./find-workflow-file.ts";
import { inspectSecrets } from "./inspect-secrets.ts";
import { isOnPath } from "./is-on-path.ts";
import { dropChildWarnings, loadNamedChildren } from "./load-named-children.ts";
import type { WorkflowHost } from "./workflow-host.ts";

/** What was found in one file. */
export interface InspectedFile {
  /** As people name it. */
  readonly file: string;
  readonly workflows: readonly WorkflowSpec[];
  readonly findings: readonly Finding[];
}

export interface Finding {
  readonly level: "ok" | "warn" | "error";
  readonly code: string;
  readonly message: string;
  readonly file?: string;
  readonly line?: number;
  readonly fix?: string;
}

/** `from "lockstep"`, `import "lockstep"`, `import("lockstep")`, `require("lockstep")`. */
const IMPORT_OF_LOCKSTEP = /\b(?:from|import|require)\s*\(?\s*["']lockstep["']/;

/**
 * The files that a person means: one, those of a folder, or those of the workflows folder. In a folder, modules that do
 * not import Lockstep are left alone: they are parts of workflows, or scripts that loading would run.
 */
export async function pickFiles(context: CommandContext, target: string | undefined): Promise<string[]> {
  if (target === undefined) return listWorkflowFiles(await findWorkflowsFolder(context)).filter(mayHoldWorkflow);
  const path = resolve(context.cwd, target);
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return listWorkflowFiles(path).filter(mayHoldWorkflow);
  return [(await findWorkflowFile(context, target)).file];
}

export function mayHoldWorkflow(path: string): boolean {
  return YAML_ENDINGS.some((ending) => ending === extname(path)) || mayImportLockstep(path);
}

/** One that cannot be read may: loading it says why. */
function mayImportLockstep(path: string): boolean {
  try {
    return IMPORT_OF_LOCKSTEP.test(readDefinitionText(path, path));
  } catch {
    return true;
  }
}

/** Loads a file, runs nothing of it, and looks whether what it needs is there. */
export async function inspectFile(
  context: CommandContext,
  host: WorkflowHost,
  path: string,
  config?: ReadConfig,
): Promise<InspectedFile> {
  const fromHere = relative(context.cwd, path);
  const file = fromHere.startsWith("..") || isAbsolute(fromHere) ? path : fromHere;
  try {
    const description = await host.describe(path, null);
    const { workflows } = description;
    const missing = await loadNamedChildren(context, host, description);
    const specs = workflows.map(({ specJson }): WorkflowSpec => JSON.parse(specJson));
    const findings = [
      ...dropChildWarnings(description.warnings).map(({ message, place }) =>
        toFinding("warn", "surprising", message, place, file),
      ),
      ...missing.map(({ error }) =>
        toFinding("error", error.code, error.message, error.place && { ...error.place, file }, file),
      ),
      ...specs.flatMap((spec) => findMissing(context, spec, path, file)),
    ];
    return { file, workflows: specs, findings };
  } catch (error) {
    if (!(error instanceof LockstepError)) throw error;
    return { file, workflows: [], findings: await listProblems(error, path, file, config) };
  }
}

/** Of a YAML file all mistakes, each with its line; a worker tells the first one apart from the others only as text. */
async function listProblems(
  error: LockstepError,
  path: string,
  file: string,
  config: ReadConfig | undefined,
): Promise<Finding[]> {
  if (error instanceof NotFoundError) throw error;
  if (YAML_ENDINGS.some((ending) => ending === extname(path))) {
    const problems = await listYamlProblems(path, file, config);
    if (problems.length > 0) {
      return problems.map((each) => toFinding("error", each.code ?? error.code, each.message, each.place, file));
    }
  }
  const found = toFinding("error", error.code, error.message, error.place, file);
  return [error.hint === undefined ? found : { ...found, fix: error.hint }];
}

async function listYamlProblems(
  path: string,
  file: string,
  config: ReadConfig | undefined,
): Promise<readonly Problem[]> {
  const [{ loadYaml }, { InvalidYamlError }] = await Promise.all([
    import("../definition/yaml/parse-file.ts"),
    import("../definition/yaml/problems.ts"),
  ]);
  try {
    loadYaml(readDefinitionText(path, file), file, config);
    return [];
  } catch (error) {
    if (error instanceof InvalidYamlError) return error.problems;
    if (error instanceof LockstepError) return [];
    throw error;
  }
}

function toFinding(
  level: Finding["level"],
  code: string,
  message: string,
  place: SourcePlace | undefined,
  file: string,
): Finding {
  const line = place?.line === undefined ? {} : { line: place.line };
  return { level, code, message, file: place?.file ?? file, ...line };
}

/** Secrets that cannot be had, and interpreters that are not on the PATH. */
function findMissing({ env }: CommandContext, spec: WorkflowSpec, path: string, file: string): Finding[] {
  const secrets = inspectSecrets(spec, path, env).map((found) => ({ ...found, file }));
  const needsShell = spec.tasks.some((task) => task.kind === "command") && !isOnPath("bash", env.PATH);
  const shell: Finding[] = needsShell
    ? [{ level: "warn", code: "shell_missing", message: `${spec.name}: bash is not on the PATH`, file }]
    : [];
  return [...secrets, ...shell];
}
