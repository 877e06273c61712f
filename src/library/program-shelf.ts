import { hashValue } from "../core/canonical-json.ts";
import type { LoadedCode } from "../core/decision-hash.ts";
import { InvalidDefinitionError } from "../core/errors.ts";
import type { WorkflowProgram } from "../definition/program.ts";
import type { Workflow } from "../definition/workflow-builder.ts";
import { toProgram } from "../definition/workflow-mark.ts";
import { createDefinitionValue, type DefinitionValue } from "../engine/definition-value.ts";

/** Programs that are found by their hash, the newest; older ones by their runs and their names. */
const HASHES_MAX = 1_000;
/** So many runs may have ended unnoticed. */
const SWEEP_MIN = 1_000;

interface BoundRun {
  readonly program: WorkflowProgram;
  runId: number | undefined;
}

export interface Shelved {
  readonly program: WorkflowProgram;
  readonly definition: DefinitionValue;
}

/**
 * The programs that this process holds. A run that was started here has the program that it was started with: another
 * workflow may have the same name and graph, and other functions. Any other run finds the newest program of its definition,
 * or, where that is older than the program, of its name: it runs the new code, as a resume after a change of code does.
 */
export class ProgramShelf {
  readonly #codeVersion: string | undefined;
  readonly #byWorkflow = new WeakMap<object, Shelved>();
  /** By name: the newest that were put here themselves, not as children. */
  readonly #listed = new Map<string, Shelved>();
  /** Of runs that were started here and may not have ended: uid → what they run. */
  readonly #byRun = new Map<string, BoundRun>();
  #sweepAt = SWEEP_MIN;
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
    const shelved = this.#byWorkflow.get(workflow) ?? createShelved(toProgram(workflow));
    this.#byWorkflow.set(workflow, shelved);
    this.#putFirst(shelved);
    return shelved;
  }

  /** The run with this uid runs just this program, as long as this process lives. */
  bindRun(uid: string, program: WorkflowProgram): void {
    this.#byRun.set(uid, { program, runId: undefined });
  }

  /** That run goes on by itself: it is forgotten in a sweep, once it has ended. */
  leaveRun(uid: string, runId: number, hasEnded: (runId: number) => boolean): void {
    const bound = this.#byRun.get(uid);
    if (bound !== undefined) bound.runId = runId;
    if (this.#byRun.size >= this.#sweepAt) this.#sweep(hasEnded);
  }

  releaseRun(uid: string): void {
    this.#byRun.delete(uid);
  }

  find(definitionHash: string, workflowName: string, runUid = ""): WorkflowProgram | undefined {
    return this.#byRun.get(runUid)?.program ?? this.#byHash.get(definitionHash) ?? this.#byName.get(workflowName);
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

  /** The workflows that were put here themselves, not as children; of each name the newest. */
  list(): Shelved[] {
    return [...this.#listed.values()];
  }

  #putFirst(shelved: Shelved): void {
    const { program, definition } = shelved;
    this.#listed.set(program.spec.name, shelved);
    this.#putHash(definition.hash, program);
    this.#byName.set(program.spec.name, program);
    for (const child of program.children?.values() ?? []) this.#keepChild(child);
  }

  #putHash(hash: string, program: WorkflowProgram): void {
    this.#byHash.delete(hash); // it goes to the end, as the newest
    this.#byHash.set(hash, program);
    if (this.#byHash.size <= HASHES_MAX) return;
    const [oldest] = this.#byHash.keys();
    if (oldest !== undefined) this.#byHash.delete(oldest);
  }

  /** O(1) for each run that was bound. */
  #sweep(hasEnded: (runId: number) => boolean): void {
    for (const [uid, { runId }] of this.#byRun) {
      if (runId !== undefined && hasEnded(runId)) this.#byRun.delete(uid);
    }
    this.#sweepAt = Math.max(SWEEP_MIN, 2 * this.#byRun.size);
  }

  #keepChild(program: WorkflowProgram): void {
    if (this.#byName.get(program.spec.name) === program) return;
    this.#putHash(hashValue(program.spec), program);
    this.#byName.set(program.spec.name, program);
    for (const child of program.children?.values() ?? []) this.#keepChild(child);
  }
}

function createShelved(program: WorkflowProgram): Shelved {
  return { program, definition: createDefinitionValue(program.spec) };
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
