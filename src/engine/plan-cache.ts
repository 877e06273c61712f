import { ALL_ATTEMPTS, type MachineResources } from "../core/check-resources.ts";
import type { Use } from "../core/lane.ts";
import { createRunPlan, type RunPlan } from "../core/run-plan.ts";
import type { WorkflowSpec } from "../core/workflow-spec.ts";
import type { Rows } from "../store/rows.ts";
import type { DefinitionValue } from "./definition-value.ts";

/** Tasks of the plans that are kept, each plan as if it had some more: about 50 MB. */
const KEPT_TASKS_MAX = 200_000;
const TASKS_OF_A_PLAN = 30;

/**
 * The plans of definitions in use, and what the machine has for them.
 *
 * P1 An entry's row is committed, or its transaction has thrown and `forgetUncommitted` was called.
 * P2 A program may make a workflow for each run: when the plans have become too many, all are read anew. Runs keep theirs.
 */
export class PlanCache {
  readonly machine: MachineResources | undefined;
  /** Names of workflows without a file that were registered: what the rows say of others is of a program that is gone. */
  readonly sources = new Set<string>();
  readonly #rows: Rows;
  readonly #always: readonly Use[];
  readonly #byHash = new Map<string, RunPlan>();
  readonly #byId = new Map<number, RunPlan>();
  readonly #keptTasksMax: number;
  #keptTasks = 0;
  #uncommitted: RunPlan[] = [];

  constructor(rows: Rows, machine?: MachineResources, keptTasksMax = KEPT_TASKS_MAX) {
    this.#rows = rows;
    this.#keptTasksMax = keptTasksMax;
    this.machine = machine;
    this.#always = machine?.maxConcurrent === undefined ? [] : [{ resource: ALL_ATTEMPTS, amount: 1 }];
  }

  /** The plan of a definition; writes its rows where it is new. Inside a transaction. */
  register(definition: DefinitionValue, now: number): RunPlan {
    const found = this.#byHash.get(definition.hash);
    if (found !== undefined) return found;
    const { hash, specJson, spec } = definition;
    const draft = createRunPlan(0, hash, spec);
    const id = this.#rows.definitions.getOrInsert(hash, specJson, spec, draft.graph.layer, now);
    const plan = this.#createPlan(id, hash, spec);
    this.#keep(plan);
    this.#uncommitted.push(plan);
    return plan;
  }

  /** The plan of a definition that has a row. */
  readonly get = (definitionId: number): RunPlan => {
    const found = this.#byId.get(definitionId);
    if (found !== undefined) return found;
    const { id, hash, spec } = this.#rows.definitions.get(definitionId);
    const plan = this.#createPlan(id, hash, spec);
    this.#keep(plan);
    return plan;
  };

  confirmCommitted(): void {
    this.#uncommitted = [];
    if (this.#keptTasks <= this.#keptTasksMax) return;
    this.#byHash.clear(); // P2, and not before: what is read again in the same transaction would not be known as uncommitted
    this.#byId.clear();
    this.#keptTasks = 0;
  }

  forgetUncommitted(): void {
    for (const plan of this.#uncommitted) {
      this.#byHash.delete(plan.hash);
      this.#byId.delete(plan.definitionId);
    }
    this.#uncommitted = [];
  }

  #createPlan(id: number, hash: string, spec: WorkflowSpec): RunPlan {
    return createRunPlan(id, hash, spec, this.#rows.definitions.listMedianMs(id), this.#always);
  }

  #keep(plan: RunPlan): void {
    this.#byHash.set(plan.hash, plan);
    this.#byId.set(plan.definitionId, plan);
    this.#keptTasks += plan.spec.tasks.length + TASKS_OF_A_PLAN;
  }

  /** How many are kept. */
  get size(): number {
    return this.#byId.size;
  }
}
