/**
 * The workflows that this daemon serves, and their rows.
 *
 * Owns: which file gives which workflow. Owns not: when files are looked at (workflows folder), and what is due.
 *
 * V1 A name is served from one file: a second file with it is refused, until the first is gone.
 * V2 What the rows say of a file is written in one transaction.
 */
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { InvalidDefinitionError } from "../core/errors.ts";
import type { Clock } from "../core/ports.ts";
import type { WorkflowSpec } from "../core/workflow-spec.ts";
import { PlanCache } from "../engine/plan-cache.ts";
import { registerWorkflow, removeWorkflow, type Zones } from "../engine/register-workflow.ts";
import type { DescribedWorkflow, ModuleDescription } from "../runners/describe-module.ts";
import { listNamedChildren } from "../runners/named-children.ts";
import type { Store } from "../store/open-store.ts";
import { getRows } from "../store/rows.ts";
import type { RunRow } from "../store/run-rows.ts";
import { getScheduleRows } from "../store/schedule-rows.ts";

export interface ServedWorkflowsParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly machine: PlanCache["machine"];
  readonly readZones: () => Zones;
  readonly bind: (definitionHash: string, description: ModuleDescription) => void;
  readonly parseInput: (definitionHash: string, inputJson: string) => Promise<string>;
  readonly setInput: (workflow: string, schedule: string, inputJson: string | undefined) => void;
  readonly onQueued: () => void;
  /** A file that was refused for a name may be loaded again. */
  readonly onFreed: (file: string) => void;
  readonly log: (event: string, data: Readonly<Record<string, unknown>>) => void;
}

interface ReadInput {
  readonly workflow: string;
  readonly schedule: string;
  readonly inputJson: string | undefined;
}

export class ServedWorkflows {
  readonly #parts: ServedWorkflowsParts;
  readonly #served = new Map<string, ModuleDescription>();
  /** Definitions of runs that were told where their program is. */
  readonly #bound = new Set<number>();
  /** Child workflows that a served one only names. */
  readonly #named = new Map<string, readonly string[]>();
  #isFirstLook = true;
  /** What was said of files that are broken. */
  readonly #broken = new Map<string, string>();
  /** Files that give a name which another file has. */
  readonly #refused = new Set<string>();

  constructor(parts: ServedWorkflowsParts) {
    this.#parts = parts;
  }

  has(workflow: string): boolean {
    return this.#served.has(workflow);
  }

  knows(run: RunRow): boolean {
    const description = this.#served.get(run.workflow);
    if (description === undefined || (this.#isFirstLook && this.#lacksChild(run.workflow))) return false;
    this.#bind(run, description);
    return true;
  }

  /** All files were loaded once: a child that is not there now is missing. */
  endFirstLook(): void {
    this.#isFirstLook = false;
    this.#parts.onQueued();
  }

  /** Whether a child that it or one of its children names was not loaded yet. */
  #lacksChild(workflow: string): boolean {
    const names = new Set([workflow]);
    for (const name of names) {
      if (!this.#served.has(name)) return true;
      for (const child of this.#named.get(name) ?? []) names.add(child);
    }
    return false;
  }

  /** With its child runs, which are taken up with it: their programs are their own file's, or a part of this one. */
  #bind(run: RunRow, description: ModuleDescription): void {
    const { runs, definitions } = getRows(this.#parts.store);
    if (!this.#bound.has(run.definitionId)) {
      this.#parts.bind(definitions.get(run.definitionId).hash, description);
      this.#bound.add(run.definitionId);
    }
    for (const id of runs.listOpenChildren(run.id)) {
      const child = runs.get(id);
      const own = this.#served.get(child.workflow);
      this.#bind(child, own !== undefined && own.file === child.file ? own : description);
    }
  }

  /** @throws {InvalidDefinitionError} where another file has one of its names, or a schedule is not valid */
  async load(description: ModuleDescription): Promise<void> {
    const { log, onQueued, setInput } = this.#parts;
    const { file, workflows } = description;
    this.#refuseTaken(description);
    const specs = workflows.map((each) => ({ ...each, spec: JSON.parse(each.specJson) as WorkflowSpec }));
    const inputs: ReadInput[] = [];
    for (const each of specs) inputs.push(...(await this.#readInputs(each)));
    const gone = await this.#register(description, specs);
    this.#broken.delete(file);
    for (const { workflow, schedule, inputJson } of inputs) setInput(workflow, schedule, inputJson);
    for (const name of gone) this.#forget(name, file);
    const named = listNamedChildren(description);
    for (const { name, exportName } of workflows) {
      this.#named.set(name, named);
      this.#served.set(name, { ...description, ...(exportName === undefined ? {} : { exportName }) });
      log("workflow.loaded", { workflow: name, file, folder: dirname(file) });
    }
    this.#bound.clear(); // new attempts run the new code
    onQueued();
  }

  /** Its workflows stay as they were loaded; `status` shows both. */
  async noteBroken(file: string, error: Error): Promise<void> {
    const { store, clock, log } = this.#parts;
    if (this.#broken.get(file) === error.message) return;
    const errorJson = JSON.stringify({ message: error.message });
    await store.writeTransaction(() => getScheduleRows(store).saveFileError(file, errorJson, clock.now()));
    this.#broken.set(file, error.message);
    log("workflow.broken", { file, error: error.message });
  }

  async removeFile(file: string): Promise<void> {
    await this.#removeOf((each) => each === file);
  }

  /** Files that have gone while no daemon looked: what they scheduled is removed, and not forgotten. */
  async removeAbsent(folder: string): Promise<void> {
    await this.#removeOf((file) => dirname(file) === folder && !existsSync(file));
  }

  /** Another daemon may have written it already: what this one serves is looked at beside the rows. */
  async #removeOf(isGone: (file: string) => boolean): Promise<void> {
    const { store, clock } = this.#parts;
    const schedules = getScheduleRows(store);
    const gone = new Map(schedules.listWorkflows().flatMap(({ name, file }) => (isGone(file) ? [[name, file]] : [])));
    if (gone.size > 0) {
      await store.writeTransaction(() => {
        for (const name of gone.keys()) removeWorkflow(schedules, name, clock.now());
      });
    }
    for (const [name, { file }] of this.#served) if (isGone(file)) gone.set(name, file);
    for (const [name, file] of gone) this.#forget(name, file);
    for (const file of [...this.#broken.keys()].filter(isGone)) this.#broken.delete(file);
  }

  #forget(workflow: string, file: string): void {
    this.#served.delete(workflow);
    this.#refused.delete(file);
    this.#parts.log("workflow.removed", { workflow, file });
    for (const each of this.#refused) this.#parts.onFreed(each);
    this.#refused.clear();
  }

  /** V1 */
  #refuseTaken({ file, workflows }: ModuleDescription): void {
    for (const { name } of workflows) {
      const other = this.#served.get(name)?.file;
      if (other === undefined || other === file) continue;
      this.#refused.add(file);
      throw new InvalidDefinitionError(
        `The workflow "${name}" is in ${other} and in ${file}. The first one is used. Rename one of them, or remove its file`,
        { code: "duplicate_workflow" },
      );
    }
  }

  /** V2. Returns the names that the file no longer has. */
  async #register(
    description: ModuleDescription,
    workflows: readonly (DescribedWorkflow & { readonly spec: WorkflowSpec })[],
  ): Promise<string[]> {
    const { store, clock, machine, readZones } = this.#parts;
    const { file, codeHash } = description;
    const [rows, schedules, now] = [getRows(store), getScheduleRows(store), clock.now()];
    return await store.writeTransaction(() => {
      const scope = { rows, schedules, plans: new PlanCache(rows, machine), ...readZones() };
      schedules.deleteFileError(file);
      for (const { definitionHash, specJson, spec, exportName = null } of workflows) {
        const definition = { hash: definitionHash, specJson, spec };
        registerWorkflow(scope, { definition, file, exportName, codeHash }, now);
      }
      const names = new Set(workflows.map(({ name }) => name));
      const gone = schedules.listWorkflows().filter((row) => row.file === file && !names.has(row.name));
      for (const { name } of gone) removeWorkflow(schedules, name, now);
      return gone.map(({ name }) => name);
    });
  }

  /** An input that its schema refuses is no input: the slots are missed for it. */
  async #readInputs({ spec, definitionHash }: { spec: WorkflowSpec; definitionHash: string }): Promise<ReadInput[]> {
    const inputs: ReadInput[] = [];
    for (const { name, input } of spec.schedules ?? []) {
      const schedule = { workflow: spec.name, schedule: name };
      try {
        const inputJson = await this.#parts.parseInput(definitionHash, JSON.stringify(input ?? {}));
        inputs.push({ ...schedule, inputJson });
      } catch (error) {
        inputs.push({ ...schedule, inputJson: undefined });
        this.#parts.log("schedule.bad_input", { ...schedule, error: (error as Error).message });
      }
    }
    return inputs;
  }
}
