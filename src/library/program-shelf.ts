import { hashValue } from "../core/canonical-json.ts";
import type { LoadedCode } from "../core/decision-hash.ts";
import { InvalidDefinitionError } from "../core/errors.ts";
import type { WorkflowProgram } from "../definition/program.ts";
import type { Workflow } from "../definition/workflow-builder.ts";
import { toProgram } from "../definition/workflow-mark.ts";
import { createDefinitionValue, type DefinitionValue } from "../engine/definition-value.ts";

export interface Shelved {
  readonly program: WorkflowProgram;
  readonly definition: DefinitionValue;
}

/**
 * The programs that this process holds. A run whose definition is older than its program finds the program by the
 * workflow's name: it runs the new code, as a resume after a change of code does.
 */
export class ProgramShelf {
  readonly #codeVersion: string | undefined;
  readonly #byWorkflow = new Map<object, Shelved>();
  readonly #byHash = new Map<string, WorkflowProgram>();
  readonly #byName = new Map<string, WorkflowProgram>();

  constructor(codeVersion?: string) {
    this.#codeVersion = codeVersion;
  }

  /** @throws {InvalidDefinitionError} where one is not valid, or two share a name: a run finds its program by it. */
  keepAll(workflows: readonly Workflow<never, unknown>[]): void {
    const names = new Map<string, WorkflowProgram>();
    for (const workflow of workflows) {
      const { program } = this.keep(workflow);
      const { name } = program.spec;
      if ((names.get(name) ?? program) !== program) {
        throw new InvalidDefinitionError(`workflows: expected each name once, found two named "${name}". Rename one.`);
      }
      names.set(name, program);
    }
  }

  /** @throws {InvalidDefinitionError} where the workflow is not valid. */
  keep(workflow: Workflow<never, unknown>): Shelved {
    const found = this.#byWorkflow.get(workflow);
    if (found !== undefined) return found;
    const program = toProgram(workflow);
    const shelved = { program, definition: createDefinitionValue(program.spec) };
    this.#byWorkflow.set(workflow, shelved);
    this.#byHash.set(shelved.definition.hash, program);
    this.#byName.set(program.spec.name, program);
    for (const child of program.children?.values() ?? []) this.#keepChild(child);
    return shelved;
  }

  find(definitionHash: string, workflowName: string): WorkflowProgram | undefined {
    return this.#byHash.get(definitionHash) ?? this.#byName.get(workflowName);
  }

  /** The code that is loaded of a workflow, for the hash that binds decisions. */
  findCode(definitionHash: string, workflowName: string): LoadedCode | undefined {
    const program = this.find(definitionHash, workflowName);
    if (program === undefined) return undefined;
    const texts = fingerprintProgram(program);
    const codeHash = this.#codeVersion === undefined ? texts : hashValue([texts, this.#codeVersion]);
    return { codeHash, spec: program.spec };
  }

  knows(workflowName: string): boolean {
    return this.#byName.has(workflowName);
  }

  /** The workflows that were put here themselves, not as children. */
  list(): Shelved[] {
    return [...this.#byWorkflow.values()];
  }

  #keepChild(program: WorkflowProgram): void {
    if (this.#byName.get(program.spec.name) === program) return;
    this.#byHash.set(hashValue(program.spec), program);
    this.#byName.set(program.spec.name, program);
    for (const child of program.children?.values() ?? []) this.#keepChild(child);
  }
}

const FINGERPRINTS = new WeakMap<WorkflowProgram, string>();

/**
 * A hash of the texts of a program's functions. Where modules are loaded by the command line their sources are hashed; a
 * program of one's own has none, and what it imports is not seen here.
 */
function fingerprintProgram(program: WorkflowProgram): string {
  const found = FINGERPRINTS.get(program);
  if (found !== undefined) return found;
  const texts = program.tasks.map((task) => listFunctionTexts({ ...task, ...task.checkpoint }));
  const made = hashValue(texts);
  FINGERPRINTS.set(program, made);
  return made;
}

function listFunctionTexts(parts: object): string[] {
  return Object.entries(parts).flatMap(([name, part]) => (typeof part === "function" ? [`${name} ${part}`] : []));
}
