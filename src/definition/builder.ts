/**
 * The builder behind `workflow()`. Owns the declared tasks of one workflow, in order, until its program is made.
 * Types are those of `WorkflowBuilder`; here everything is `unknown` until it was read.
 *
 * B1: a task's needs were declared before it, so there is no cycle.
 * B2: a declaration either adds one task or throws and adds nothing.
 * B3: once the program was made, nothing is added.
 */

import { InvalidDefinitionError } from "../core/errors.ts";
import { EDGES_MAX, TASKS_MAX } from "../core/limits.ts";
import { TASK_ID } from "../core/workflow-spec.ts";
import type { DraftReturns, TaskDraft } from "./draft.ts";
import { createHandle, type DeclaredHandle } from "./handles.ts";
import {
  describeFound,
  isPlainRecord,
  type Options,
  readRecord,
  refuseUnknownKeys,
  withPrefix,
} from "./option-reader.ts";
import { KINDS, type KindReader } from "./read-kinds.ts";
import { readAfter, readHandle, readNeeds } from "./read-needs.ts";

const NO_OPTIONS: Options = {};

export class TaskList {
  readonly name: string;
  readonly #tasks: TaskDraft[] = [];
  readonly #ids = new Set<string>();
  #edges = 0;
  #returns: DraftReturns | undefined;
  #sealed = false;

  constructor(name: string) {
    this.name = name;
  }

  /** What was declared; from now on nothing may be added (B3). */
  seal(): { readonly tasks: readonly TaskDraft[]; readonly returns: DraftReturns | undefined } {
    this.#sealed = true;
    return { tasks: this.#tasks, returns: this.#returns };
  }

  setReturns(result: unknown): void {
    withPrefix(`workflow "${this.name}": returns`, () => {
      this.#refuseIfSealed();
      if (this.#returns !== undefined) throw new InvalidDefinitionError("was said twice. Keep one wf.returns.");
      this.#returns = this.#readReturns(result);
    });
  }

  /** Adds one task of a kind (B2). `args` is what follows the id: options and function, or one of them. */
  add(kind: KindReader, id: unknown, args: readonly unknown[]): DeclaredHandle {
    const name = this.#readId(id);
    const [first, second] = args;
    if (args.length < 2 && !isPlainRecord(first)) return this.#read(kind, name, NO_OPTIONS, first);
    const options = withPrefix(`task "${name}"`, () => readRecord(first, "options"));
    refuseUnknownKeys(options, kind.keys, `task "${name}"`);
    return this.#read(kind, name, options, second);
  }

  #read(kind: KindReader, id: string, options: Options, body: unknown): DeclaredHandle {
    try {
      const needs = readNeeds(options.needs, this);
      const after = readAfter(options.after, this);
      const parts = kind.read({ options, body, needs, owner: this });
      return this.#insert({ id, kind: kind.kind, ...parts, after });
    } catch (error) {
      if (!(error instanceof InvalidDefinitionError)) throw error;
      throw new InvalidDefinitionError(`task "${id}": ${error.message}`, { code: error.code, cause: error.cause });
    }
  }

  #insert(draft: TaskDraft): DeclaredHandle {
    let edges = draft.after?.length ?? 0;
    for (const _ in draft.needs) edges++;
    if (this.#edges + edges > EDGES_MAX) {
      throw new InvalidDefinitionError(`a workflow may have ${EDGES_MAX} needs at most; this task goes beyond`);
    }
    this.#edges += edges;
    this.#ids.add(draft.id);
    this.#tasks.push(draft);
    return createHandle(draft.id, this, this.#tasks.length - 1);
  }

  #readId(id: unknown): string {
    const where = `workflow "${this.name}"`;
    this.#refuseIfSealed();
    if (typeof id !== "string" || !TASK_ID.test(id)) {
      throw new InvalidDefinitionError(
        `${where}: expected a task id of a letter, then letters, digits, "_" and "-" (at most 63), found ${describeFound(id)}`,
        { code: "invalid_id" },
      );
    }
    if (this.#ids.has(id)) {
      throw new InvalidDefinitionError(`${where} has two tasks "${id}". Rename one.`, { code: "duplicate_id" });
    }
    if (this.#tasks.length >= TASKS_MAX) {
      throw new InvalidDefinitionError(
        `${where}: a workflow may have ${TASKS_MAX} tasks at most. Use wf.map for a list.`,
      );
    }
    return id;
  }

  #refuseIfSealed(): void {
    if (!this.#sealed) return;
    throw new InvalidDefinitionError(
      `workflow "${this.name}" was loaded already: declare all tasks while its file is read`,
      { code: "sealed" },
    );
  }

  #readReturns(result: unknown): DraftReturns {
    if (!isPlainRecord(result)) return readHandle(result, "result", this).index;
    const places = Object.entries(result).map(
      ([name, handle]) => [name, readHandle(handle, name, this).index] as const,
    );
    if (places.length === 0) throw new InvalidDefinitionError("expected a task or a record of tasks, found {}");
    return Object.fromEntries(places);
  }
}

/** The methods of the public builder, over a list of tasks. */
export function createBuilderMethods(list: TaskList) {
  const declare =
    (kind: KindReader) =>
    (id: unknown, ...args: readonly unknown[]) =>
      list.add(kind, id, args);
  return {
    task: declare(KINDS.task),
    map: declare(KINDS.map),
    shell: declare(KINDS.shell),
    exec: declare(KINDS.exec),
    http: declare(KINDS.http),
    child: declare(KINDS.child),
    confirm: declare(KINDS.confirm),
  };
}
